package helper

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ReadFile reads a regular file of at most limit bytes, or what a link leads to.
// The error is the reason alone, without the path; fs.ErrNotExist itself where there is
// no such file.
func ReadFile(path string, limit int) ([]byte, error) {
	raw, err := readFile(path, limit)
	var p *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fs.ErrNotExist
	case errors.As(err, &p):
		return nil, p.Err
	}
	return raw, err
}

// open opens a file for reading, and lets others replace and remove it meanwhile:
// docker renames a new file over its own, and os.Open would keep it from that.
func open(path string) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(name, syscall.GENERIC_READ, syscall.FILE_SHARE_READ|syscall.FILE_SHARE_WRITE|syscall.FILE_SHARE_DELETE,
		nil, syscall.OPEN_EXISTING, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), path), nil
}

func readFile(path string, limit int) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, kindError(st.Mode())
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(raw) > limit {
		err = tooLarge(limit)
	}
	return raw, err
}

// readOwn is ReadFile: the folder that exec makes is the user's, and the bits of a mode
// say nothing here.
func readOwn(path string, limit int) ([]byte, error) { return ReadFile(path, limit) }
