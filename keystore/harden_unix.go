//go:build unix && !linux

package keystore

// Harden keeps secrets in this process's memory from being written to a disk by
// the system: no core dumps. Children can ask for theirs again. It cannot fail
// in a way that anybody could act on.
//
// The function that it returns takes back what a program would inherit that this
// process becomes by execve(2).
func Harden() (inherit func()) { return noCore() }
