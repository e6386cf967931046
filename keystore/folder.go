package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// Folder is a folder of one process's own, for what other programs of the user must
// read as a file while that process lives.
type Folder struct {
	// Path of the folder, which only this user can enter.
	Path string
	// InMemory says that it is on a memory file system, so that nothing in it is on a
	// disk.
	InMemory bool

	lock *flock.Flock
}

const (
	folderPrefix = "run-"
	// gonePrefix is that of a folder that is being removed.
	gonePrefix = "gone-"
	folderLock = ".lock"
)

// NewFolder makes a folder where the back end "tmpfs" has its files, else where the
// locks are. What processes have left that were killed is removed, however young: a
// folder is held by a lock, which the kernel drops with the last of its holders.
func NewFolder(getenv func(string) string) (*Folder, error) {
	base, err := memoryDir(getenv)
	memory := err == nil
	if !memory {
		if base, err = lockDir(getenv); err != nil {
			return nil, err
		}
	}
	sweepFolders(base)
	for range 10 {
		f, err := makeFolder(base)
		if err == nil {
			f.InMemory = memory
			return f, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, unavailable(err.Error())
		}
	}
	return nil, unavailable("each folder that is made in " + base + " is removed at once")
}

// makeFolder makes a folder and holds it. The error is fs.ErrNotExist where another
// process has swept it between the two.
func makeFolder(base string) (*Folder, error) {
	path, err := os.MkdirTemp(base, folderPrefix)
	if err != nil {
		return nil, err
	}
	f := &Folder{Path: path, lock: lockOf(path)}
	ok, err := f.lock.TryRLock()
	if ok && f.holds() {
		return f, nil
	}
	if ok || err == nil { // held by who sweeps it, or swept
		err = fs.ErrNotExist
	}
	_ = f.lock.Close()
	_ = os.RemoveAll(path)
	return nil, err
}

// holds reports whether the lock is that of the folder that is there.
func (f *Folder) holds() bool {
	mine, err1 := f.lock.Stat()
	there, err2 := os.Lstat(f.lock.Path())
	return err1 == nil && err2 == nil && os.SameFile(mine, there)
}

func lockOf(folder string) *flock.Flock {
	return flock.New(filepath.Join(folder, folderLock), flock.SetPermissions(0o600))
}

// Remove removes the folder and all that is in it.
func (f *Folder) Remove() error {
	err := RemoveFolder(f.Path)
	_ = f.lock.Close()
	if err != nil { // Windows removes no file that is open
		err = RemoveFolder(f.Path)
	}
	return err
}

// RemoveFolder removes a folder that [NewFolder] has made, in a process that has been
// handed it. The name goes first, so that nobody finds it without its lock.
func RemoveFolder(path string) error {
	gone := filepath.Join(filepath.Dir(path), gonePrefix+strings.TrimPrefix(filepath.Base(path), folderPrefix))
	if err := os.Rename(path, gone); err != nil {
		return err
	}
	return os.RemoveAll(gone)
}

// FolderHeld reports whether a folder that [NewFolder] has made is there and some
// process holds it. One that is not this user's alone is taken to be held.
func FolderHeld(path string) bool {
	if !strings.HasPrefix(filepath.Base(path), folderPrefix) {
		return false
	}
	if _, err := os.Lstat(filepath.Join(path, folderLock)); err != nil {
		return false
	}
	if !isOwn(path) { // whose lock may be a pipe, or lead elsewhere: it is not opened
		return true
	}
	l := lockOf(path)
	ok, err := l.TryLock()
	_ = l.Close()
	return err != nil || !ok
}

// sweepFolders removes the folders whose processes are gone.
func sweepFolders(base string) {
	found, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range found {
		path := filepath.Join(base, e.Name())
		switch {
		case !e.IsDir():
		case strings.HasPrefix(e.Name(), gonePrefix): // who swept it was killed
			_ = os.RemoveAll(path)
		case strings.HasPrefix(e.Name(), folderPrefix):
			sweep(path)
		}
	}
}

// sweep removes a folder that nobody holds. It takes the lock, and the name from who
// is about to take the lock after it: who makes the folder finds out.
func sweep(path string) {
	l := lockOf(path)
	defer l.Close() //nolint:errcheck // of a file that is gone
	if ok, err := l.TryLock(); err != nil || !ok {
		return
	}
	if RemoveFolder(path) != nil { // Windows renames no folder in which a file is open, be it another's
		_ = l.Close()
		_ = RemoveFolder(path)
	}
}
