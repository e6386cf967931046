//go:build unix

package helper

import (
	"errors"
	"io/fs"
	"syscall"
)

// ReadFile reads a regular file of at most limit bytes, or what a link leads to.
// A named pipe would block for ever, and a device never end. The error is the
// reason alone, without the path.
//
// It makes four system calls; os.ReadFile first registers the file with a poller
// that must be set up for it, which is a tenth of an adapter's run.
func ReadFile(path string, limit int) ([]byte, error) {
	return readFile(path, limit, false)
}

// readOwn reads a file that nobody but the user and root can have written. It asks the
// open file, which nobody can put another in the place of. (Package trust, which asks
// paths, imports this one.)
func readOwn(path string, limit int) ([]byte, error) { return readFile(path, limit, true) }

// checkOwn returns why others can have written a file.
func checkOwn(st *syscall.Stat_t) error {
	switch {
	case st.Uid != 0 && int64(st.Uid) != int64(syscall.Geteuid()):
		return errors.New("it belongs neither to you nor to root")
	case st.Mode&0o022 != 0:
		return errors.New("others can change it")
	}
	return nil
}

// leastBuffer is what a small file is read into. To use a size of memory for the first
// time costs a process two pages, and most files of ours are of this one.
const leastBuffer = 512

func readFile(path string, limit int, own bool) ([]byte, error) {
	fd, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = syscall.Close(fd) }()
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, err
	}
	switch kind := st.Mode & syscall.S_IFMT; {
	case kind == syscall.S_IFDIR:
		return nil, kindError(fs.ModeDir)
	case kind == syscall.S_IFIFO:
		return nil, kindError(fs.ModeNamedPipe)
	case kind != syscall.S_IFREG:
		return nil, ErrNotRegular
	case st.Size > int64(limit):
		return nil, tooLarge(limit)
	}
	if own {
		if err := checkOwn(&st); err != nil {
			return nil, err
		}
	}
	// One byte more than its size shows the end of the file without a second
	// read; a file of /sys says 4096 and holds less.
	b := make([]byte, 0, max(st.Size+1, leastBuffer))
	for {
		n, err := syscall.Read(fd, b[len(b):cap(b)])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return nil, err
		}
		b = b[:len(b)+n]
		if len(b) > limit {
			return nil, tooLarge(limit)
		}
		if n == 0 || len(b) < cap(b) {
			return b, nil
		}
		b = append(b, 0)[:len(b)]
	}
}

// open opens a file for reading. O_NONBLOCK keeps a named pipe without a writer
// from blocking before the check that it is a file. Of a file that is not there the
// error is fs.ErrNotExist itself, which says so in the same words on every system.
func open(path string) (int, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		switch {
		case err == nil:
			return fd, nil
		case errors.Is(err, syscall.ENOENT): // before any comparison that asks the error for its methods
			return fd, fs.ErrNotExist
		case !errors.Is(err, syscall.EINTR):
			return fd, err
		}
	}
}
