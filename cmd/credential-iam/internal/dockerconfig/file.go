package dockerconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/owner"
)

// ErrChanged says that another program wrote the file since it was read: read it
// again and repeat the edit.
var ErrChanged = errors.New("somebody else changed the file meanwhile")

const (
	maxSize  = 1 << 30 // docker reads a file of any size
	maxLinks = 40
)

// File is a configuration file as it was read.
type File struct {
	// Path is the name that it was read by; it may be a symbolic link.
	Path string
	// Raw is the content, nil where there is no file.
	Raw []byte

	// target is what the path leads to, and info is its state.
	target string
	info   fs.FileInfo
}

// Read reads a file; one that does not exist is empty.
func Read(path string) (*File, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	target, err := Follow(abs)
	if err != nil {
		return nil, err
	}
	f := &File{Path: abs, target: target}
	f.info, err = os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, cause(err)
	}
	if !f.info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if f.info.Size() > maxSize {
		return nil, errors.New("it is larger than a gigabyte")
	}
	if f.Raw, err = os.ReadFile(target); err != nil {
		return nil, cause(err)
	}
	return f, nil
}

// Exists reports whether there was a file.
func (f *File) Exists() bool { return f.info != nil }

// Follow returns what a path leads to, even where nothing is there yet.
func Follow(path string) (string, error) {
	for range maxLinks {
		to, err := os.Readlink(path)
		if err != nil { // no link, or nothing there
			return path, nil
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return "", errors.New("too many symbolic links")
}

// Write puts new content in the file's place, with the mode and the owner that it
// had; a new file is the folder's owner's alone, and so is a new folder. ErrChanged means
// that another program wrote before or after: the edit is to be repeated.
func (f *File) Write(content []byte) (err error) {
	dir := filepath.Dir(f.target)
	if err := owner.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, ".config-*.tmp")
	if err != nil {
		return fmt.Errorf("its folder cannot be written: %w", cause(err))
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	if _, err := tmp.Write(content); err != nil {
		return cause(err)
	}
	if f.info == nil {
		owner.Adopt(tmp, dir)
	} else {
		if err := owner.Keep(tmp, f.info); err != nil {
			return fmt.Errorf("its owner cannot be kept: %w", cause(err))
		}
		if err := tmp.Chmod(f.info.Mode().Perm()); err != nil {
			return fmt.Errorf("its mode cannot be kept: %w", cause(err))
		}
	}
	if err := tmp.Sync(); err != nil {
		return cause(err)
	}
	if err := tmp.Close(); err != nil {
		return cause(err)
	}
	if err := f.unchanged(); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), f.target); err != nil {
		var link *os.LinkError
		if errors.As(err, &link) {
			return fmt.Errorf("it cannot be replaced (is it a mount of its own?): %w", link.Err)
		}
		return err
	}
	return f.verify(content)
}

// Remove removes the file; ErrChanged means that it is still there. A symbolic
// link is kept, and what it leads to holds an empty object then.
func (f *File) Remove() error {
	if f.target != f.Path {
		return f.Write([]byte("{}\n"))
	}
	if err := f.unchanged(); err != nil {
		return err
	}
	return cause(os.Remove(f.target))
}

// unchanged reports whether the file is still what was read.
func (f *File) unchanged() error {
	now, err := Read(f.Path)
	if err != nil {
		return err
	}
	if now.target != f.target || now.Exists() != f.Exists() || !bytes.Equal(now.Raw, f.Raw) {
		return ErrChanged
	}
	return nil
}

// verify reads the file back.
func (f *File) verify(content []byte) error {
	now, err := os.ReadFile(f.target)
	if err != nil {
		return fmt.Errorf("it was written but cannot be read back: %w", cause(err))
	}
	if !bytes.Equal(now, content) {
		return ErrChanged
	}
	return nil
}

// cause drops the operation and the path, which the caller names better.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
