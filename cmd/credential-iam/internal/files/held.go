package files

import (
	"errors"
	"time"
)

// errHeld says that another program has the file open, and Windows replaces none that
// is.
var errHeld = errors.New("another program has it open; close the file there, and repeat the command")

// unheld changes what is at a path. On Windows it waits for a moment until the programs
// that read it have closed it.
func unheld(path string, change func() error) error {
	return retryHeld(patience, func(err error) bool { return held(path, err) }, change)
}

func retryHeld(limit time.Duration, held func(error) bool, change func() error) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := change()
		if err == nil || !held(err) {
			return err
		}
		if time.Now().After(deadline) {
			return errors.Join(errHeld, err)
		}
	}
}
