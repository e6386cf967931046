//go:build unix

package keystore

import (
	"os"
	"testing"

	"github.com/gofrs/flock"
)

// A lock on a file that its last holder has removed excludes nobody: others lock the
// file that is there now.
func TestLockRemovedMeanwhile(t *testing.T) {
	l := Locks{Dir: t.TempDir()}
	file := l.file("key", lockSuffix)
	tries := 0
	release, ok, err := l.try(file, func(f *flock.Flock) (bool, error) {
		ok, err := f.TryLock()
		if tries++; tries == 1 {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}
		return ok, err
	}, true)
	if !ok || err != nil {
		t.Fatalf("%t, %v", ok, err)
	}
	defer release()
	if _, ok, err := l.TryLock("key"); ok || err != nil {
		t.Errorf("a second process has the lock too, after %d tries: %v", tries, err)
	}
}
