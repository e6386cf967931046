//go:build unix

package issuer

import (
	"os"
	"runtime"
	"syscall"
)

// modesCount says that permission bits tell who can change a file.
const modesCount = true

func executable(st os.FileInfo) bool { return st.Mode().Perm()&0o111 != 0 }

// ownedByUs reports whether a file belongs to the user or to root.
func ownedByUs(st os.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && (sys.Uid == 0 || int64(sys.Uid) == int64(os.Geteuid()))
}

// adminGroup reports whether the group can become root anyway: root's own, and
// admin on macOS, which owns /opt/homebrew.
func adminGroup(st os.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && (sys.Gid == 0 || runtime.GOOS == "darwin" && sys.Gid == 80)
}
