// Package owner leaves nothing of root's behind in the folder of somebody else: with
// "sudo -E", and in a container that runs as root with a person's home, what a
// command makes there belongs to the owner of the folder, and what it replaces to
// the owner that it had.
//
// A file is given away by its descriptor alone, never by a path: the owner of the
// folder may put another file in its place at any time. Where the process is not
// root's, and on Windows, the package does nothing.
package owner

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Keep gives a file that was just made the owner and group of the one that it is to
// replace.
func Keep(f *os.File, old fs.FileInfo) error { return give(f, old) }

// Adopt gives a file that was just made the owner and group of its folder. Where the
// system does not let root do so (a container without that capability) it stays root's.
func Adopt(f *os.File, folder string) {
	if !foreign() {
		return
	}
	if st, err := os.Stat(folder); err == nil {
		_ = give(f, st)
	}
}

// MkdirAll is os.MkdirAll, and gives each folder that it makes to the owner of the
// one above it.
func MkdirAll(dir string, mode fs.FileMode) error {
	if !foreign() {
		return os.MkdirAll(dir, mode)
	}
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return nil
	}
	above := filepath.Dir(dir)
	if above != dir {
		if err := MkdirAll(above, mode); err != nil {
			return err
		}
	}
	err := os.Mkdir(dir, mode)
	if errors.Is(err, fs.ErrExist) {
		return os.MkdirAll(dir, mode) // made meanwhile, or no folder
	}
	if err != nil {
		return err
	}
	if f := made(dir); f != nil {
		Adopt(f, above)
		_ = f.Close()
	}
	return nil
}
