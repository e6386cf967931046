//go:build unix && !linux

package issuer

import (
	"os"
	"os/exec"
	"syscall"
)

// attributes make the plugin lead a process group. That it dies with the host
// is left to its standard input, see followHost.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// awaitEnd does not wait: the group is ended right after the plugin is reaped.
func awaitEnd(int) bool { return false }

// runOpened does nothing: a program is started by name here, and the host looks
// afterwards whether the name still means the file that was checked.
func runOpened(*exec.Cmd, *os.File) {}
