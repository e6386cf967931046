//go:build unix

package trust

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/credential-iam/credential-iam/helper"
)

// checkFile checks the mode and the owner of a file.
func checkFile(real string, st os.FileInfo, who Who) *Error {
	switch {
	case loose(st, who):
		return refuse("chmod go-w "+helper.ShellWord(real), "others can change it (mode %04o)", st.Mode().Perm())
	case !owned(st, who):
		return refuse("ls -ln "+helper.ShellWord(real), "it belongs %s", notOwned(who))
	}
	return nil
}

// checkFolder checks a file's own folder strictly, and those above it as far as
// they let others replace it: there a sticky bit (/tmp) is enough, because nobody
// can rename what is not his.
func checkFolder(dir string, who Who, _ bool) *Error {
	for own := true; ; own = false {
		st, err := os.Lstat(dir)
		if err != nil {
			return refuse(helper.ListFolderCommand(dir), "%v", err)
		}
		if mode := st.Mode(); open(st, who, own, runtime.GOOS == "darwin") {
			hint := "chmod go-w " + helper.ShellWord(dir)
			if mode&os.ModeSticky != 0 {
				hint = helper.ListFolderCommand(dir)
			}
			return refuse(hint, "others can change its folder %s (mode %04o)", dir, mode.Perm())
		}
		if !owned(st, who) {
			return refuse("ls -ldn "+helper.ShellWord(dir), "its folder %s belongs %s", dir, notOwned(who))
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
}

// open reports whether others can put another file into a folder, the program's own
// one or one above it. Homebrew's folders, which its programs and their links are in, can be
// written by the group admin of macOS.
func open(st os.FileInfo, who Who, own, mac bool) bool {
	mode := st.Mode()
	everybody := mode.Perm()&0o002 != 0
	switch {
	case !loose(st, who):
		return false
	case own:
		return who != Ours || everybody || !mac || groupOf(st) != macAdmins
	}
	return mode&os.ModeSticky == 0 && (everybody || !rootAnyway(groupOf(st), mac))
}

// Private reports whether a folder is there that nobody but the user can open.
func Private(dir string) bool {
	st, err := os.Stat(dir)
	return err == nil && st.IsDir() && st.Mode().Perm() == 0o700 && owned(st, Ours)
}

// loose reports whether others can write what was found.
func loose(st os.FileInfo, who Who) bool {
	perm := st.Mode().Perm()
	return perm&0o002 != 0 || perm&0o020 != 0 && !(who == Ours && ownGroup(st))
}

func notOwned(who Who) string {
	if who == Admin {
		return "to somebody else than the administrator"
	}
	return "neither to you nor to root"
}

func executable(st os.FileInfo) bool { return st.Mode().Perm()&0o111 != 0 }

func notExecutable(path string) *Error {
	return refuse("chmod u+x "+helper.ShellWord(path), "it is not executable")
}

// owned reports whether a file belongs to one of those who are trusted.
func owned(st os.FileInfo, who Who) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && (sys.Uid == 0 || who == Ours && int64(sys.Uid) == int64(os.Geteuid()))
}

// macAdmins is the group admin of macOS.
const macAdmins = 80

// rootAnyway reports whether a group can become root anyway.
func rootAnyway(group int64, mac bool) bool { return group == 0 || mac && group == macAdmins }

// groupOf is the number of the group, -1 where there is none.
func groupOf(st os.FileInfo) int64 {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return int64(sys.Gid)
	}
	return -1
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
