package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
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

// Read reads a file; one that does not exist is empty. Anything but a regular file is
// refused unopened: a fifo would be waited for.
func Read(path string) (*File, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	target, err := follow(abs)
	if err != nil {
		return nil, &Error{Path: abs, Err: err, Fix: helper.RemoveCommand(abs)}
	}
	f := &File{Path: abs, target: target}
	f.info, err = os.Stat(target)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, f.unreadable(err)
	}
	if !f.info.Mode().IsRegular() {
		e := &Error{Path: abs, Err: ErrNotRegular, Fix: f.clearing(target)}
		if e.Fix == "" {
			e.Err = fmt.Errorf("%w; name another one", ErrNotRegular)
		}
		return nil, e
	}
	if f.info.Size() > maxSize {
		return nil, &Error{Path: abs, Err: errors.New("it is larger than a gigabyte"), Fix: helper.ListCommand(target)}
	}
	if f.Raw, err = helper.ReadFile(target, maxSize); err != nil {
		return nil, f.unreadable(err)
	}
	if f.Raw == nil {
		f.Raw = []byte{}
	}
	return f, nil
}

// NeedFolder returns an error unless the folder of a file is there. A program knows where
// its own file belongs, and makes the folder; one that a person names is misspelled.
func NeedFolder(path string) error {
	abs, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	dir := filepath.Dir(abs)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return &Error{Path: abs, Err: errors.New("there is no folder " + dir), Fix: helper.FolderCommand(dir)}
	}
	return nil // what else is wrong with it, reading and writing say
}

// Exists reports whether there was a file.
func (f *File) Exists() bool { return f.info != nil }

// Target returns what the path leads to.
func (f *File) Target() string { return f.target }

// Linked reports whether the path is a symbolic link.
func (f *File) Linked() bool { return f.target != f.Path }

// follow returns what a path leads to, even where nothing is there yet.
func follow(path string) (string, error) {
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

// Write puts new content in the file's place, as [Apply] does.
func (f *File) Write(content []byte) error {
	if content == nil {
		content = []byte{}
	}
	return Apply(context.Background(), &Change{File: f, Content: content})
}

// Unchanged returns ErrChanged unless the file is still what was read.
func (f *File) Unchanged() error {
	now, err := Read(f.Path)
	if err != nil {
		return err
	}
	if now.target != f.target || now.Exists() != f.Exists() || !bytes.Equal(now.Raw, f.Raw) {
		return ErrChanged
	}
	return nil
}

// holds reports whether there is such a content at a path, or no file for nil.
func holds(path string, content []byte) (bool, error) {
	now, err := helper.ReadFile(path, maxSize)
	if errors.Is(err, fs.ErrNotExist) {
		return content == nil, nil
	}
	return err == nil && content != nil && bytes.Equal(now, content), err
}
