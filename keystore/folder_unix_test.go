//go:build unix

package keystore

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inMemory is an environment whose folders are in memory, where there is such a place.
func inMemory(t *testing.T) (getenv func(string) string) {
	base := t.TempDir()
	if dir, err := os.MkdirTemp("/dev/shm", "ciam-"); err == nil {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		base = dir
	}
	if err := os.Chmod(base, 0o700); err != nil {
		t.Fatal(err)
	}
	return func(name string) string {
		return map[string]string{"XDG_RUNTIME_DIR": base, "LOCALAPPDATA": base}[name]
	}
}

// TestFolder is held by every process that needs it, and removed by the next one's when
// none does.
func TestFolder(t *testing.T) {
	getenv := inMemory(t)
	make := func() *Folder {
		t.Helper()
		f, err := NewFolder(getenv)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	there := func(f *Folder) bool { _, err := os.Stat(f.Path); return err == nil }

	first := make()
	if st, err := os.Stat(first.Path); err != nil || st.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	// Another process is given it, and the one that made it ends.
	held, err := first.Hand()
	if err != nil {
		t.Fatal(err)
	}
	_ = first.lock.Close()
	if f := make(); !there(first) || !FolderHeld(first.Path) {
		t.Error("a folder that is held was removed")
	} else if err := f.Remove(); err != nil || there(f) {
		t.Errorf("it was not removed: %v", err)
	}
	// That one is killed: the next one removes it at once.
	_ = held.Close()
	if FolderHeld(first.Path) {
		t.Error("a folder is held by nobody")
	}
	// What another has put there is not touched, what was half removed is removed.
	base := filepath.Dir(first.Path)
	for name, stays := range map[string]bool{"other": true, folderPrefix + "empty": false, gonePrefix + "half": false} {
		path := filepath.Join(base, name)
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := os.Stat(path); (err == nil) != stays {
				t.Errorf("%s: %v", name, err)
			}
		}()
	}
	// A link of such a name is no folder of ours, wherever it leads.
	elsewhere := t.TempDir()
	for _, name := range []string{folderPrefix + "link", gonePrefix + "link"} {
		path := filepath.Join(base, name)
		if err := os.Symlink(elsewhere, path); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := os.Remove(path); err != nil {
				t.Errorf("a link was taken for a folder: %v", err)
			}
		}()
	}
	last := make()
	if left, err := os.ReadDir(elsewhere); err != nil || len(left) > 0 {
		t.Errorf("where a link leads: %v, %v", left, err)
	}
	if there(first) {
		t.Error("a folder that nobody holds was left")
	}
	if err := last.Remove(); err != nil {
		t.Error(err)
	}
}

// TestFolderSwept has processes make folders while others sweep: each has the one that
// it has made, until it removes it.
func TestFolderSwept(t *testing.T) {
	getenv := inMemory(t)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				f, err := NewFolder(getenv)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(f.Path); err != nil {
					t.Error(err)
				}
				if err := f.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// TestFolderOfAnother has a folder that others can write in, whose lock is a pipe, be
// named to us: it is not opened, which would not end.
func TestFolderOfAnother(t *testing.T) {
	dir := filepath.Join(t.TempDir(), folderPrefix+"planted")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, folderLock), 0o666); err != nil {
		t.Fatal(err)
	}
	held := make(chan bool, 1)
	go func() { held <- FolderHeld(dir) }()
	select {
	case is := <-held:
		if !is {
			t.Error("a stranger's folder is taken for one whose process has ended")
		}
	case <-time.After(time.Minute):
		t.Fatal("it waits for somebody to write into the pipe")
	}
}
