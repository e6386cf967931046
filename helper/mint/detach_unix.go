//go:build unix

package mint

import (
	"os/exec"
	"syscall"
)

// detach gives the child a session of its own.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
