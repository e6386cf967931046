//go:build unix

package keystore

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// Hand returns what holds the folder for as long as any process has it open, for
// the one that this process hands the folder to: there is no moment at which nobody
// holds it, whoever is killed.
func (f *Folder) Hand() (*os.File, error) {
	file, err := os.Open(f.lock.Path())
	if err != nil {
		return nil, unavailable(err.Error())
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_SH|unix.LOCK_NB); err != nil {
		return nil, unavailable(errors.Join(err, file.Close()).Error())
	}
	return file, nil
}
