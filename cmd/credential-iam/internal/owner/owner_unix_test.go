//go:build unix

package owner

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

const person = 1234

// home is a folder of the person's.
func home(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may give a file away")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, person, person); err != nil {
		t.Skip(err)
	}
	return dir
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func of(t *testing.T, path string) uint32 {
	t.Helper()
	st, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	if !ok || sys.Uid != sys.Gid {
		t.Fatalf("%s: %+v", path, sys)
	}
	return sys.Uid
}

func TestMkdirAll(t *testing.T) {
	dir := home(t)
	deep := filepath.Join(dir, "a", "b")
	if err := MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	if of(t, filepath.Dir(deep)) != person || of(t, deep) != person {
		t.Error("a folder that was made is root's")
	}
	mine := filepath.Join(dir, "mine")
	if err := os.Mkdir(mine, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := MkdirAll(filepath.Join(mine, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if of(t, mine) != 0 || of(t, filepath.Join(mine, "x")) != 0 {
		t.Error("a folder of root's that was there was given away")
	}
	put(t, filepath.Join(dir, "file"))
	if err := MkdirAll(filepath.Join(dir, "file", "x"), 0o700); err == nil {
		t.Error("a folder below a file")
	}
}

// TestMade gives away a folder that root has just made, and nothing in its place.
func TestMade(t *testing.T) {
	dir := home(t)
	full, empty, theirs, link, file := filepath.Join(dir, "full"), filepath.Join(dir, "empty"), filepath.Join(dir, "theirs"), filepath.Join(dir, "link"), filepath.Join(dir, "file")
	for _, path := range []string{full, empty, theirs} {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(full, "file"))
	put(t, file)
	for _, err := range []error{os.Chown(theirs, person, person), os.Symlink(empty, link)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]bool{empty: true, full: false, theirs: false, link: false, file: false, filepath.Join(dir, "nothing"): false} {
		f := made(path)
		if (f != nil) != want {
			t.Errorf("%s: %t, want %t", path, f != nil, want)
		}
		if f != nil {
			_ = f.Close()
		}
	}
}
