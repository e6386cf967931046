package mint

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// coarse is by how much the kernel may delay the core's timers, in nanoseconds.
// Usually it is 50 us, and the watchdog thread of Go's runtime wakes every 70 us
// in the first milliseconds of a process, which costs a mint a tenth of its
// processor time. No timer of the core is shorter than a second.
const coarse = 1_000_000

// Start starts cmd as an adapter starts the core: with coarse timers. A process
// inherits them from the thread that starts it, PR_SET_TIMERSLACK(2const), and so
// do the programs that the core starts. Where that is denied, it is started as
// any other.
func Start(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if own, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0); err == nil && own < coarse {
		if unix.Prctl(unix.PR_SET_TIMERSLACK, coarse, 0, 0, 0) == nil {
			defer unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(own), 0, 0, 0) //nolint:errcheck // as before
		}
	}
	return cmd.Start()
}
