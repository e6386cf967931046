//go:build unix

package mint

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// detach gives the child a session of its own.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// keepDescriptors keeps inherited descriptors from child processes: a renewal
// would hold the client's pipe open after this process ends, and the reader of
// that pipe would wait for it. Go's own descriptors are closed anyway.
func keepDescriptors() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, e := range open {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
}
