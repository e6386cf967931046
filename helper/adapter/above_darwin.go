package adapter

import "golang.org/x/sys/unix"

// process returns the first letters of the name of a process and the process above it.
func process(pid int) (name string, parent int, ok bool) {
	p, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return "", 0, false
	}
	return unix.ByteSliceToString(p.Proc.P_comm[:]), int(p.Eproc.Ppid), true
}
