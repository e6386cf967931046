package keystore

import "golang.org/x/sys/unix"

// Harden keeps secrets in this process's memory from other processes of the user
// and from disks: no core dumps, no ptrace, no reading of /proc/PID/mem. The
// process itself still reads its own /proc/self. Children start afresh, with core
// dumps off that they can ask for again. It cannot fail in a way that anybody
// could act on.
//
// The function that it returns takes back what a program would inherit that this
// process becomes by execve(2): it is to be as it would be without us.
func Harden() (inherit func()) {
	inherit = noCore()
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) // a new program is dumpable again
	return inherit
}
