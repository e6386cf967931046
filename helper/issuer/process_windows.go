package issuer

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// group is a job object: it ends its processes when its last handle closes,
// which the end of the host does too.
type group windows.Handle

func newGroup(p *os.Process) group {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err == nil {
		err = assign(job, p.Pid)
	}
	if err != nil {
		_ = windows.CloseHandle(job)
		return 0
	}
	return group(job)
}

func assign(job windows.Handle, pid int) error {
	h, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(pid))
	if err != nil {
		return err
	}
	defer func() { _ = windows.CloseHandle(h) }()
	return windows.AssignProcessToJobObject(job, h)
}

func (g group) kill() {
	if g != 0 {
		_ = windows.TerminateJobObject(windows.Handle(g), 1)
	}
}

func (g group) close() {
	if g != 0 {
		_ = windows.CloseHandle(windows.Handle(g))
	}
}

// killOwnGroup does nothing: the job object ends the children.
func killOwnGroup() {}

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{HideWindow: true} }

func awaitEnd(int) bool { return false }

func runOpened(*exec.Cmd, *os.File) {}

func neutralDir(path string) string { return filepath.VolumeName(path) + `\` }

// platformEnv is what sockets and cryptography need on Windows.
func platformEnv() []string {
	root, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return nil
	}
	return []string{"SystemRoot=" + root}
}
