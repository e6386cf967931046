package run

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openSelf opens this process, so that whoever has the descriptor sees its end: what it
// becomes by execve is the same process, and a later one of its number is not.
func openSelf() (*os.File, error) {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil { // before Linux 5.3, or denied
		return os.Open(os.DevNull)
	}
	return os.NewFile(uintptr(fd), "command"), nil
}

// await returns when the command has ended.
func await(own *os.File, pid int) {
	if own != nil && isPidfd(own) {
		for {
			fds := []unix.PollFd{{Fd: int32(own.Fd()), Events: unix.POLLIN}}
			_, err := unix.Poll(fds, -1)
			if err == nil {
				return
			}
			if !errors.Is(err, unix.EINTR) {
				break
			}
		}
	}
	poll(pid)
}

// isPidfd tells a descriptor of a process from what stands for it.
func isPidfd(f *os.File) bool {
	return !errors.Is(unix.PidfdSendSignal(int(f.Fd()), 0, nil, 0), unix.EBADF)
}

// poll looks whether the command is there, again and again.
func poll(pid int) {
	for unix.Kill(pid, 0) != unix.ESRCH {
		time.Sleep(pollEvery)
	}
}

const pollEvery = 200 * time.Millisecond
