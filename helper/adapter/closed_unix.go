//go:build unix

package adapter

import (
	"os"

	"golang.org/x/sys/unix"
)

// closed reports whether a standard stream was, as far as can be told, closed when
// this process began. Go's runtime puts the null device in its place, open for reading
// and writing (runtime.checkfds), so that a write succeeds and nobody receives it.
// Whoever throws an answer away on purpose, a shell say, opens it for writing.
func closed(f *os.File) bool {
	raw, err := f.SyscallConn() // Fd would make a pipe blocking, for its other users too
	if err != nil {
		return false
	}
	is := false
	err = raw.Control(func(fd uintptr) {
		var st, null unix.Stat_t
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		is = err == nil && flags&unix.O_ACCMODE == unix.O_RDWR &&
			unix.Fstat(int(fd), &st) == nil && unix.Stat(os.DevNull, &null) == nil &&
			st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == null.Rdev
	})
	return err == nil && is
}
