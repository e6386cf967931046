package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/owner"
	"github.com/credential-iam/credential-iam/helper"
)

// Change is a file with what it is to hold.
type Change struct {
	*File
	// Content is the new content; nil means that there is to be no file.
	Content []byte
	// Public says that a new file, and a folder that is made for it, are for everybody to
	// read, whatever the umask is.
	Public bool
	// GitLock says that the file is git's: the new one is prepared as FILE.lock, which
	// keeps every git from writing meanwhile. Its name is git's protocol.
	GitLock bool
	// Check looks at the new file before it comes into its place; nil means that there
	// is nothing to check. It is not called where there is to be no file.
	Check func(ctx context.Context, path string) error

	// tmp is the new file, and folders are those that were made for it, outermost first.
	tmp     string
	folders []string
	done    bool
}

// Prepare writes the new file beside the old one.
func (c *Change) Prepare(ctx context.Context) error {
	dir := filepath.Dir(c.target)
	c.folders = Missing(dir)
	if err := owner.MkdirAll(dir, 0o700); err != nil {
		return c.unwritable(err)
	}
	for _, folder := range c.folders {
		if c.Public {
			_ = os.Chmod(folder, 0o755) // else its readers are told so
		}
	}
	f, err := c.create(ctx, dir)
	if err != nil {
		return err
	}
	c.tmp = f.Name()
	err = c.fill(f, dir)
	if closed := f.Close(); err == nil && closed != nil {
		err = c.unwritable(closed)
	}
	if err == nil && c.Content != nil && c.Check != nil {
		err = c.Check(ctx, c.tmp)
	}
	if err != nil {
		return err
	}
	return c.Unchanged()
}

// patience is how long it waits for a git that is about to write: a moment.
const patience = 2 * time.Second

// create makes the new file, empty. What was there is for nobody else to read before
// it has its mode, and a new file has the mode that its program gives it.
func (c *Change) create(ctx context.Context, dir string) (*os.File, error) {
	if !c.GitLock {
		f, err := os.CreateTemp(dir, ".config-*.tmp")
		if err != nil {
			return nil, c.unwritable(err)
		}
		return f, nil
	}
	mode := fs.FileMode(0o600)
	if c.info == nil {
		mode = 0o666 // and the umask, as git has it
	}
	lock := c.target + ".lock"
	for deadline := time.Now().Add(patience); ; {
		f, err := os.OpenFile(lock, os.O_CREATE|os.O_EXCL|os.O_RDWR, mode)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, fs.ErrExist):
			return nil, c.unwritable(err)
		case time.Now().After(deadline):
			return nil, &Error{Path: c.Path, Err: fmt.Errorf("%w %s", ErrLocked, lock), Fix: unlocking(lock)}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// fill gives the new file its content, and the owner and mode of the old one.
func (c *Change) fill(f *os.File, dir string) error {
	if c.info == nil {
		owner.Adopt(f, dir)
		if c.Public {
			if err := f.Chmod(0o644); err != nil {
				return c.unwritable(err)
			}
		}
	} else {
		if err := owner.Keep(f, c.info); err != nil {
			return &Error{Path: c.Path, Err: fmt.Errorf("its owner cannot be kept: %w", cause(err)), Fix: ownership(c.target)}
		}
		if err := f.Chmod(c.info.Mode().Perm()); err != nil {
			return c.unwritable(err)
		}
	}
	if _, err := f.Write(c.Content); err != nil {
		return c.unwritable(err)
	}
	if err := f.Sync(); err != nil {
		return c.unwritable(err)
	}
	return nil
}

// Commit moves the new file into its place.
func (c *Change) Commit() error {
	if err := c.Unchanged(); err != nil {
		return err
	}
	switch {
	case c.Content != nil:
		if err := unheld(c.target, func() error { return os.Rename(c.tmp, c.target) }); err != nil {
			return c.immovable(err)
		}
		c.tmp = ""
	case c.Exists():
		if err := unheld(c.target, func() error { return os.Remove(c.target) }); err != nil {
			return c.immovable(err)
		}
	}
	c.done = true
	same, err := holds(c.target, c.Content)
	switch {
	case err != nil:
		return errors.Join(&Error{Path: c.Path, Err: fmt.Errorf("it was written but cannot be read back: %w", cause(err)), Fix: helper.ListCommand(c.target)}, c.Rollback())
	case !same: // another program wrote after us
		return ErrChanged
	}
	return nil
}

// Rollback puts back what was there, unless another program wrote since.
func (c *Change) Rollback() error {
	if !c.done {
		return nil
	}
	c.done = false
	if same, err := holds(c.target, c.Content); err != nil || !same {
		return err
	}
	if c.Raw == nil {
		return cause(os.Remove(c.target))
	}
	back := &Change{File: c.File}
	defer back.Discard()
	f, err := back.create(context.Background(), filepath.Dir(c.target))
	if err != nil {
		return err
	}
	back.tmp, back.Content = f.Name(), c.Raw
	if err := errors.Join(back.fill(f, filepath.Dir(c.target)), f.Close()); err != nil {
		return err
	}
	if err := unheld(c.target, func() error { return os.Rename(back.tmp, c.target) }); err != nil {
		return c.immovable(err)
	}
	back.tmp = ""
	return nil
}

// Discard removes the new file where it did not come into its place, and the folders
// that were made for it and are empty.
func (c *Change) Discard() {
	if c.tmp != "" {
		_ = os.Remove(c.tmp)
		c.tmp = ""
	}
	for i := len(c.folders) - 1; i >= 0 && (!c.done || c.Content == nil); i-- {
		_ = os.Remove(c.folders[i])
	}
}

// Missing returns the folders of a path that are not there, outermost first.
func Missing(dir string) (folders []string) {
	for {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			return folders
		}
		folders = append([]string{dir}, folders...)
		dir = filepath.Dir(dir)
	}
}
