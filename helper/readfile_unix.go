//go:build unix

package helper

import (
	"errors"
	"os"
	"syscall"
)

// readFile reads a small regular file whole. It makes four system calls;
// os.ReadFile first registers the file with a poller that must be set up for
// it, which is a tenth of an adapter's run.
func readFile(path string) ([]byte, error) {
	fd, err := open(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer func() { _ = syscall.Close(fd) }()
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil {
		return nil, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	switch {
	case st.Mode&syscall.S_IFMT != syscall.S_IFREG:
		return nil, &os.PathError{Op: "read", Path: path, Err: errNotRegular}
	case st.Size > maxFile:
		return nil, &os.PathError{Op: "read", Path: path, Err: errTooLarge}
	}
	// One byte more than its size shows the end of the file without a second
	// read; a file of /sys says 4096 and holds less.
	b := make([]byte, 0, st.Size+1)
	for {
		n, err := syscall.Read(fd, b[len(b):cap(b)])
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "read", Path: path, Err: err}
		}
		b = b[:len(b)+n]
		if n == 0 || len(b) < cap(b) {
			return b, nil
		}
		if len(b) > maxFile {
			return nil, &os.PathError{Op: "read", Path: path, Err: errTooLarge}
		}
		b = append(b, 0)[:len(b)]
	}
}

// open opens a file for reading. O_NONBLOCK keeps a named pipe without a writer
// from stopping us before it is seen not to be a file.
func open(path string) (int, error) {
	for {
		fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0)
		if !errors.Is(err, syscall.EINTR) {
			return fd, err
		}
	}
}
