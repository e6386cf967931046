//go:build unix

package owner

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// foreign reports whether this process may make what belongs to somebody else.
func foreign() bool { return os.Geteuid() == 0 }

func give(f *os.File, like fs.FileInfo) error {
	was, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if is, ok := st.Sys().(*syscall.Stat_t); ok && is.Uid == was.Uid && is.Gid == was.Gid {
		return nil
	}
	return f.Chown(int(was.Uid), int(was.Gid))
}

// made opens a folder that was just made, nil where something else is in its place: an
// empty folder of root's holds nothing that its new owner was not to see.
func made(dir string) *os.File {
	f, err := os.OpenFile(dir, unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil
	}
	st, err := f.Stat()
	if err == nil {
		_, err = f.Readdirnames(1)
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); ok && sys.Uid == 0 && errors.Is(err, io.EOF) {
		return f
	}
	_ = f.Close()
	return nil
}

// Persons reports whether root works in the home of a person, whose all the paths are
// and who alone can write them.
func Persons(home string, paths ...string) bool {
	of, err := os.Stat(home)
	if err != nil || !foreign() {
		return false
	}
	person, ok := of.Sys().(*syscall.Stat_t)
	for _, path := range paths {
		st, err := os.Lstat(path)
		if err != nil || st.Mode().Perm()&0o022 != 0 {
			return false
		}
		sys, same := st.Sys().(*syscall.Stat_t)
		ok = ok && same && sys.Uid == person.Uid
	}
	return ok
}
