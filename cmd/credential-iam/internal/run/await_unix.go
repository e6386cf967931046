//go:build unix && !linux

package run

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// openSelf has no descriptor of a process here.
func openSelf() (*os.File, error) { return os.Open(os.DevNull) }

// await returns when the command has ended: it looks whether it is there, again and
// again.
func await(_ *os.File, pid int) {
	for unix.Kill(pid, 0) != unix.ESRCH {
		time.Sleep(pollEvery)
	}
}

const pollEvery = 200 * time.Millisecond
