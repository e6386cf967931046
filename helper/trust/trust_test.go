//go:build unix

package trust

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// home is a folder with a program in it, of which nothing is wrong.
func home(t *testing.T) (dir, program string) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "bin")
	program = filepath.Join(dir, "program")
	err = errors.Join(os.Mkdir(dir, 0o755), os.Chmod(dir, 0o755), os.WriteFile(program, nil, 0o755), os.Chmod(program, 0o755))
	if err != nil {
		t.Fatal(err)
	}
	return dir, program
}

// TestProgram spoils a program and the folders around it, one at a time: whoever
// could change what is started is kept out.
func TestProgram(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir, program string) error
		hint  string
	}{
		{"nothing", func(string, string) error { return nil }, ""},
		{"a link", func(dir, p string) error { return errors.Join(os.Rename(p, dir+"/real"), os.Symlink(dir+"/real", p)) }, ""},
		{"not executable", func(_, p string) error { return os.Chmod(p, 0o644) }, "chmod u+x PROGRAM"},
		{"world-writable", func(_, p string) error { return os.Chmod(p, 0o757) }, "chmod go-w PROGRAM"},
		{"a folder", func(_, p string) error { return errors.Join(os.Remove(p), os.Mkdir(p, 0o755)) }, "ls -l PROGRAM"},
		{"missing", func(_, p string) error { return os.Remove(p) }, "ls -l PROGRAM"},
		{"world-writable folder", func(dir, _ string) error { return os.Chmod(dir, 0o757) }, "chmod go-w DIR"},
		{"sticky folder", func(dir, _ string) error { return os.Chmod(dir, 0o777|os.ModeSticky) }, "ls -ld DIR"},
		{"world-writable folder above", func(dir, _ string) error { return os.Chmod(filepath.Dir(dir), 0o777) }, "chmod go-w UP"},
		{"sticky folder above", func(dir, _ string) error { return os.Chmod(filepath.Dir(dir), 0o777|os.ModeSticky) }, ""},
		{"a link into an open folder", func(dir, p string) error {
			open := filepath.Join(dir, "open")
			return errors.Join(os.Mkdir(open, 0o700), os.Chmod(open, 0o777), os.Rename(p, open+"/x"), os.Symlink(open+"/x", p))
		}, "chmod go-w DIR/open"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, program := home(t)
			if err := c.spoil(dir, program); err != nil {
				t.Fatal(err)
			}
			_, _, e := Program(program)
			if c.hint == "" {
				if e != nil {
					t.Errorf("refused: %v", e)
				}
				return
			}
			hint := strings.NewReplacer("PROGRAM", program, "DIR", dir, "UP", filepath.Dir(dir)).Replace(c.hint)
			if e == nil || e.Reason == "" || e.Hint != hint {
				t.Errorf("got %+v, want %q", e, hint)
			}
		})
	}
}
