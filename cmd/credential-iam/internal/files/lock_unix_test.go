//go:build unix

package files

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestNewFileMode: who opens the new file before it has its mode reads later what is
// written to it, so that nobody else can.
func TestNewFileMode(t *testing.T) {
	defer unix.Umask(unix.Umask(0))
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, "", 0o644)
	for _, gitLock := range []bool{false, true} {
		c := &Change{File: read(t, path), GitLock: gitLock}
		f, err := c.create(t.Context(), filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		if st, err := f.Stat(); err != nil || st.Mode() != fs.FileMode(0o600) {
			t.Errorf("git's lock %t: %v, %v", gitLock, st.Mode(), err)
		}
		if err := os.Remove(f.Name()); err != nil {
			t.Error(err)
		}
		_ = f.Close()
	}
}
