package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) *File {
	t.Helper()
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// onlyFile checks that no temporary file was left.
func onlyFile(t *testing.T, dir string, want int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != want {
		t.Errorf("%d files in the folder, want %d: %v", len(entries), want, entries)
	}
}

func TestWriteNew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.json")
	f := read(t, path)
	if f.Exists() || f.Raw != nil {
		t.Error("there is a file")
	}
	if err := f.Write([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for p, want := range map[string]fs.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		st, err := os.Stat(p)
		if err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %o", p, st.Mode(), err, want)
		}
	}
}

func TestWriteKeepsModeAndLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes and links are Unix's")
	}
	for _, mode := range []fs.FileMode{0o600, 0o644, 0o640, 0o400} {
		dir, elsewhere := t.TempDir(), t.TempDir()
		target, link := filepath.Join(elsewhere, "real.json"), filepath.Join(dir, "config.json")
		write(t, target, "{}", mode)
		rel, err := filepath.Rel(dir, target)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(rel, link); err != nil {
			t.Fatal(err)
		}
		if err := read(t, link).Write([]byte("{ }")); err != nil {
			t.Fatal(err)
		}
		st, err := os.Lstat(target)
		if err != nil || st.Mode() != mode {
			t.Errorf("target is %v, %v, want mode %o", st.Mode(), err, mode)
		}
		if got, err := os.Readlink(link); err != nil || got != rel {
			t.Errorf("link is %q, %v", got, err)
		}
		if b, err := os.ReadFile(link); err != nil || string(b) != "{ }" {
			t.Errorf("content %q, %v", b, err)
		}
		onlyFile(t, dir, 1)
		onlyFile(t, elsewhere, 1)
	}
}

func TestWriteThroughDanglingLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links are Unix's")
	}
	dir := t.TempDir()
	link, target := filepath.Join(dir, "config.json"), filepath.Join(dir, "dotfiles", "docker.json")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := read(t, link).Write([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(target); err != nil || string(b) != "{}" {
		t.Errorf("target holds %q, %v", b, err)
	}
}

func TestWriteNoticesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	write(t, path, "{}", 0o600)
	f := read(t, path)
	write(t, path, `{"auths":{}}`, 0o600)
	if err := f.Write([]byte("{ }")); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if err := Apply(t.Context(), &Change{File: f}); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if b, _ := os.ReadFile(path); string(b) != `{"auths":{}}` {
		t.Errorf("the other's file was overwritten: %s", b)
	}
	onlyFile(t, filepath.Dir(path), 1)
}

// TestCommitNoticesOthers: nor is what another program wrote while the new file was
// looked at.
func TestCommitNoticesOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	for _, content := range [][]byte{[]byte("{ }"), nil} {
		write(t, path, "{}", 0o600)
		c := &Change{File: read(t, path), Content: content}
		if err := c.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		write(t, path, `{"auths":{}}`, 0o600)
		if err := c.Commit(); !errors.Is(err, ErrChanged) {
			t.Errorf("%q: got %v, want ErrChanged", content, err)
		}
		if b, _ := os.ReadFile(path); string(b) != `{"auths":{}}` {
			t.Errorf("%q: the other's file was overwritten: %s", content, b)
		}
		c.Discard()
		onlyFile(t, filepath.Dir(path), 1)
	}
}

func TestReadRefuses(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); err == nil {
		t.Error("a folder was read")
	}
	if runtime.GOOS == "windows" {
		return
	}
	loop := filepath.Join(dir, "loop")
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(loop); err == nil {
		t.Error("a loop of links was read")
	}
}
