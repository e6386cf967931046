package issuer

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes make the plugin lead a process group and die with the host.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// awaitEnd waits until the process has ended and leaves it to be reaped.
func awaitEnd(pid int) bool {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}

// runOpened starts the very file that was checked, whatever its name refers to by
// now: the child finds it as its descriptor 3. Without /proc the name is used.
func runOpened(cmd *exec.Cmd, f *os.File) {
	if _, err := os.Stat("/proc/self/fd/" + strconv.Itoa(int(f.Fd()))); err != nil {
		return
	}
	cmd.ExtraFiles = []*os.File{f}
	cmd.Path = "/proc/self/fd/3"
}
