//go:build unix

package helper

import "syscall"

// CheckDescriptors returns why package os cannot open a file now, or nil. Go's
// runtime sets up a poller for the first one, and ends the program with a trace where
// it gets no descriptors for that (two, and one for the file). Who opens a file only
// on a miss asks before.
func CheckDescriptors() error {
	var open []int
	defer func() {
		for _, fd := range open {
			_ = syscall.Close(fd)
		}
	}()
	for range 3 {
		fd, err := syscall.Open("/", syscall.O_RDONLY|syscall.O_DIRECTORY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		open = append(open, fd)
	}
	return nil
}
