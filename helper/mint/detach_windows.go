package mint

import (
	"os/exec"

	"syscall"

	"golang.org/x/sys/windows"
)

// detach gives the child no console and a process group of its own.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP, HideWindow: true,
	}
}

// keepDescriptors has nothing to do: a child inherits only the handles that are
// named when it is started.
func keepDescriptors() {}
