//go:build unix

package keystore

import "golang.org/x/sys/unix"

// noCore sets the soft limit for core dumps to nothing.
func noCore() {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CORE, &r) == nil {
		r.Cur = 0
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &r)
	}
}
