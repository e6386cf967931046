//go:build unix

package keystore

import "golang.org/x/sys/unix"

// noCore sets the soft limit for core dumps to nothing, and returns what sets it back.
func noCore() (undo func()) {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CORE, &r) != nil {
		return func() {}
	}
	before := r
	r.Cur = 0
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &r)
	return func() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &before) }
}
