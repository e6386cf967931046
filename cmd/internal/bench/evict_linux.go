package bench

import (
	"os"

	"golang.org/x/sys/unix"
)

// evict drops a file from the page cache: the next process to run it finds it as
// the first one after a boot does.
func evict(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil { // only what is on the disk can be dropped
		return err
	}
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
