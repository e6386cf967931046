//go:build unix

package trust

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/credential-iam/credential-iam/helper"
)

// modesCount says that permission bits tell who can change a file.
const modesCount = true

func executable(st os.FileInfo) bool { return st.Mode().Perm()&0o111 != 0 }

// owned reports whether a file belongs to one of those who are trusted.
func owned(_ string, st os.FileInfo, who Who) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && (sys.Uid == 0 || who == Ours && int64(sys.Uid) == int64(os.Geteuid()))
}

// adminGroup reports whether the group can become root anyway: root's own, and
// admin on macOS, which owns /opt/homebrew.
func adminGroup(st os.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && (sys.Gid == 0 || runtime.GOOS == "darwin" && sys.Gid == 80)
}

// ownGroup reports whether a group is the private one of the user: of the user's own
// number, and without other members. Where people have such groups (Debian, Fedora,
// Ubuntu), what they make is writable by it, ~/.local/bin too.
func ownGroup(st os.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	uid := os.Geteuid()
	if !ok || uid == 0 || int64(sys.Uid) != int64(uid) || int64(sys.Gid) != int64(uid) {
		return false
	}
	groups, err := helper.ReadFile("/etc/group", helper.MaxFile)
	if err != nil {
		return false
	}
	return aloneIn(string(groups), uid)
}

// aloneIn reports whether the group of a user's own number has no other members
// (group(5): NAME:PASSWORD:NUMBER:MEMBERS).
func aloneIn(groups string, uid int) bool {
	for line := range strings.Lines(groups) {
		f := strings.Split(strings.TrimSpace(line), ":")
		if len(f) == 4 && f[2] == strconv.Itoa(uid) {
			return f[3] == "" || f[3] == f[0]
		}
	}
	return false
}
