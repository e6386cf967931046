package mint

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// detach gives the child a console that nobody sees and a process group of its own. A
// DETACHED_PROCESS has no console, and so the system would open one, with a window, for
// each console program that it runs (a source's, a plugin).
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP, HideWindow: true,
	}
}

// keepDescriptors has nothing to do: a child inherits only the handles that are
// named when it is started.
func keepDescriptors() {}
