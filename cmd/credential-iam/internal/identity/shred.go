package identity

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// shreddable is a file that is open to be read and then destroyed. It is held
// open in between, so that the file which is destroyed is the one that was read.
type shreddable struct {
	path string
	file *os.File
}

// openShreddable opens a regular file by its own name. A link is refused: to
// remove it would leave the file, and to remove the file would surprise the
// person who made the link.
func openShreddable(path string) (*shreddable, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if before.Mode()&os.ModeSymlink != 0 {
		return nil, errors.New("it is a symbolic link, which --shred does not follow; name the file itself")
	}
	if !before.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if st, err := f.Stat(); err != nil || !os.SameFile(before, st) {
		_ = f.Close()
		return nil, errors.New("it was replaced while it was opened; try again")
	}
	return &shreddable{path, f}, nil
}

// read returns what the file holds.
func (s *shreddable) read(limit int64) ([]byte, error) {
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return readBounded(s.file, limit)
}

// shred overwrites the file and removes it, if it still holds what was read.
func (s *shreddable) shred(want []byte) error {
	now, err := s.read(int64(len(want)) + 1)
	if err != nil || !bytes.Equal(now, want) {
		return errors.New("it has changed since it was read")
	}
	if _, err := s.file.WriteAt(make([]byte, len(want)), 0); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	mine, err := s.file.Stat()
	if err != nil {
		return err
	}
	// Windows removes no file that is open.
	if err := s.file.Close(); err != nil {
		return err
	}
	there, err := os.Lstat(s.path)
	if err != nil || !os.SameFile(mine, there) {
		return errors.New("another file has taken its place")
	}
	return os.Remove(s.path)
}

// close ends the use of the file.
func (s *shreddable) close() { _ = s.file.Close() }

// readBounded reads everything, up to a limit.
func readBounded(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	return b, nil
}
