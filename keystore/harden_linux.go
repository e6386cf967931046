package keystore

import "golang.org/x/sys/unix"

// Harden keeps secrets in this process's memory from other processes of the user
// and from disks: no core dumps, no ptrace, no reading of /proc/PID/mem. The
// process itself still reads its own /proc/self. Children start anew, with core
// dumps off that they can ask for again. It cannot fail in a way that anybody
// could act on.
func Harden() {
	noCore()
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
