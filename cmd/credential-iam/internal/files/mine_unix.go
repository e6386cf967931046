//go:build unix

package files

import (
	"os"
	"syscall"
)

// mine reports whether a path belongs to this user, who may then change its mode.
func mine(path string) bool {
	st, err := os.Stat(path)
	if err != nil {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && int(sys.Uid) == os.Geteuid()
}
