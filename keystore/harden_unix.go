//go:build unix && !linux

package keystore

// Harden keeps secrets in this process's memory from being written to a disk by
// the system: no core dumps. Children can ask for theirs again. It cannot fail
// in a way that anybody could act on.
func Harden() { noCore() }
