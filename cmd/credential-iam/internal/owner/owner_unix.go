//go:build unix

package owner

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

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

// Watch is a file that another program, run by this one, is about to replace.
type Watch struct {
	folder *os.File
	name   string
	old    fs.FileInfo
	began  time.Time
}

// granularity is how far a time of the coarsest file system is behind the clock.
const granularity = 2 * time.Second

// Before looks at the file, which is no link, or at its folder where there is none
// yet.
func Before(path string) *Watch {
	if !foreign() {
		return nil
	}
	folder, err := os.OpenFile(filepath.Dir(path), unix.O_DIRECTORY, 0)
	if err != nil {
		return nil
	}
	w := &Watch{folder: folder, name: filepath.Base(path), began: time.Now()}
	w.old, _ = os.Lstat(path)
	return w
}

// Close ends the watch without a change.
func (w *Watch) Close() {
	if w != nil {
		_ = w.folder.Close()
	}
}

// Restore gives the new file to the owner of the old one, or of the folder. Only a
// file that root made since Before is given away, and only the one in that very
// folder; the error says that an old owner could not be kept.
func (w *Watch) Restore() error {
	if w == nil {
		return nil
	}
	like := w.old
	if like == nil {
		st, err := w.folder.Stat()
		if err != nil {
			return nil
		}
		like = st
	}
	fd, err := unix.Openat(int(w.folder.Fd()), w.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // gone, or a link now
	}
	f := os.NewFile(uintptr(fd), w.name)
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil || !w.isNew(st) {
		return nil
	}
	if err := give(f, like); err != nil && w.old != nil {
		return err
	}
	return nil
}

// isNew reports whether the file is one that root has made since the watch began.
// Nobody else can change the time of root's file, or has a second name for it.
func (w *Watch) isNew(st fs.FileInfo) bool {
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && st.Mode().IsRegular() && sys.Uid == 0 && sys.Nlink == 1 &&
		!st.ModTime().Before(w.began.Add(-granularity))
}
