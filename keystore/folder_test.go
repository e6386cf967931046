package keystore

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestFolder is held by every process that needs it, and removed by the next one's when
// none does.
func TestFolder(t *testing.T) {
	base := t.TempDir()
	if dir, err := os.MkdirTemp("/dev/shm", "ciam-"); err == nil { // in memory, where there is such a place
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		base = dir
	}
	getenv := func(name string) string {
		return map[string]string{"XDG_RUNTIME_DIR": base, "LOCALAPPDATA": base}[name]
	}
	if err := os.Chmod(base, 0o700); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * youngFolder)
	age := func(f *Folder) {
		t.Helper()
		if err := os.Chtimes(f.Path, old, old); err != nil {
			t.Fatal(err)
		}
	}
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
	second, err := HoldFolder(first.Path)
	if err != nil {
		t.Fatal(err)
	}
	_ = first.lock.Close() // the process that made it has ended
	age(second)
	if f := make(); !there(second) {
		t.Error("a folder that is held was removed")
	} else if err := f.Remove(); err != nil || there(f) {
		t.Errorf("it was not removed: %v", err)
	}
	_ = second.lock.Close()
	young := make()
	_ = young.lock.Close() // killed a moment ago, or about to be held by another process
	if there(second) {
		t.Error("a folder that nobody holds was left")
	}
	last := make()
	if !there(young) {
		t.Error("a young folder was removed")
	}
	// What another has put there is not touched.
	foreign := filepath.Join(filepath.Dir(last.Path), "other")
	if err := os.Mkdir(foreign, 0o700); err != nil {
		t.Fatal(err)
	}
	age(young)
	if f := make(); there(young) {
		t.Error("an old folder was left")
	} else if err := f.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error(err)
	}
	if err := last.Remove(); err != nil {
		t.Error(err)
	}
}
