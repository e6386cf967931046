package mint

import (
	"os/exec"

	"golang.org/x/sys/windows"
	"syscall"
)

// detach gives the child no console and a process group of its own.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP, HideWindow: true,
	}
}
