//go:build unix

package testenv

import (
	"os/exec"
	"syscall"
)

// detach takes the terminal from a command.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
