package owner

import (
	"os"
	"path/filepath"
)

// Symlink is os.Symlink, and gives the link to the owner of its folder where the system
// has a way to do so by the link itself (Linux); elsewhere it stays root's.
func Symlink(target, path string) error {
	if err := os.Symlink(target, path); err != nil {
		return err
	}
	if st, err := os.Stat(filepath.Dir(path)); err == nil && foreign() {
		giveLink(path, st)
	}
	return nil
}
