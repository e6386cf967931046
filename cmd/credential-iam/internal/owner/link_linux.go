package owner

import (
	"io/fs"
	"syscall"

	"golang.org/x/sys/unix"
)

// giveLink gives a link that was just made away. The owner of the folder may have put
// something else in its place, which is opened without being followed, and is nobody's
// but root's, with no other name, where it is the link.
func giveLink(path string, like fs.FileInfo) {
	to, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK && st.Uid == 0 && st.Nlink == 1 {
		_ = unix.Fchownat(fd, "", int(to.Uid), int(to.Gid), unix.AT_EMPTY_PATH)
	}
}
