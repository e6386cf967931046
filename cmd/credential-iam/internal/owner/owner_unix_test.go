//go:build unix

package owner

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
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

// Another program replaces the file as git does: a new one, renamed over it.
func TestWatch(t *testing.T) {
	dir := home(t)
	path := filepath.Join(dir, "config")
	replace := func() {
		put(t, path+".lock")
		if err := os.Rename(path+".lock", path); err != nil {
			t.Fatal(err)
		}
	}
	watch := func(change func()) {
		t.Helper()
		w := Before(path)
		defer w.Close()
		change()
		if err := w.Restore(); err != nil {
			t.Fatal(err)
		}
	}
	if watch(replace); of(t, path) != person {
		t.Error("a new file is root's")
	}
	if err := os.Chown(path, 4321, 4321); err != nil {
		t.Fatal(err)
	}
	if watch(replace); of(t, path) != 4321 {
		t.Errorf("a replaced file is %d's", of(t, path))
	}
	if err := os.Chown(path, 0, 0); err != nil {
		t.Fatal(err)
	}
	if watch(replace); of(t, path) != 0 {
		t.Error("a file that was root's was given away")
	}
}

// What the person puts there in the meantime is not given to them.
func TestWatchAttacks(t *testing.T) {
	dir := home(t)
	path, secret := filepath.Join(dir, "config"), filepath.Join(dir, "secret")
	for name, attack := range map[string]func() error{
		"a second name": func() error { return os.Link(secret, path) },
		"a link":        func() error { return os.Symlink(secret, path) },
		"an older file": func() error { return os.Rename(secret, path) },
		"another's file": func() error {
			if err := os.Chown(secret, 4321, 4321); err != nil {
				return err
			}
			return os.Rename(secret, path)
		},
	} {
		put(t, secret)
		w := Before(path)
		if name == "an older file" {
			old := time.Now().Add(-time.Minute)
			if err := os.Chtimes(secret, old, old); err != nil {
				t.Fatal(err)
			}
		}
		if err := attack(); err != nil {
			t.Fatal(err)
		}
		if err := w.Restore(); err != nil {
			t.Error(err)
		}
		w.Close()
		for _, p := range []string{secret, path} {
			if _, err := os.Lstat(p); err == nil && of(t, p) == person {
				t.Errorf("%s: %s was given away", name, p)
			}
			_ = os.Remove(p)
		}
	}
}

// The folder that was looked at counts, not what has its name afterwards.
func TestWatchAnotherFolder(t *testing.T) {
	dir := home(t)
	below, other := filepath.Join(dir, "git"), t.TempDir()
	if err := os.Mkdir(below, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(below, person, person); err != nil {
		t.Fatal(err)
	}
	w := Before(filepath.Join(below, "config"))
	defer w.Close()
	put(t, filepath.Join(other, "config"))
	if err := os.Remove(below); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, below); err != nil {
		t.Fatal(err)
	}
	if err := w.Restore(); err != nil {
		t.Fatal(err)
	}
	if of(t, filepath.Join(other, "config")) != 0 {
		t.Error("a file of another folder was given away")
	}
}
