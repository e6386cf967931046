//go:build unix

package keystore

import (
	"os"

	"github.com/gofrs/flock"
)

// giveBack gives back a lock, and removes its file first if remove: as long as we
// hold it nobody else does, and who has it open finds out that it is gone.
func giveBack(f *flock.Flock, remove bool) {
	if remove {
		_ = os.Remove(f.Path())
	}
	_ = f.Close()
}
