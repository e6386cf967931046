package keystore

import (
	"os"

	"github.com/gofrs/flock"
)

// giveBack gives back a lock, and removes its file afterwards if remove: Windows
// removes none that somebody has open, and so none that somebody else holds by then.
func giveBack(f *flock.Flock, remove bool) {
	_ = f.Close()
	if remove {
		_ = os.Remove(f.Path())
	}
}
