package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

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
	folderLock   = ".lock"
	// youngFolder is the age up to which a folder is not looked at: whoever made it may
	// be handing it to another process.
	youngFolder = time.Minute
)

// NewFolder makes a folder where the back end "tmpfs" has its files, else where the
// locks are. What processes have left that were killed is removed.
func NewFolder(getenv func(string) string) (*Folder, error) {
	base, err := memoryDir(getenv)
	memory := err == nil
	if !memory {
		if base, err = lockDir(getenv); err != nil {
			return nil, err
		}
	}
	sweepFolders(base)
	path, err := os.MkdirTemp(base, folderPrefix)
	if err != nil {
		return nil, unavailable(err.Error())
	}
	f, err := HoldFolder(path)
	if err != nil {
		_ = os.RemoveAll(path)
		return nil, err
	}
	f.InMemory = memory
	return f, nil
}

// HoldFolder keeps a folder that another process of the user has made, as that one
// does: it is removed when neither of them is there any more.
func HoldFolder(path string) (*Folder, error) {
	f := &Folder{Path: path, lock: flock.New(filepath.Join(path, folderLock), flock.SetPermissions(0o600))}
	if ok, err := f.lock.TryRLock(); err != nil || !ok {
		return nil, unavailable("the folder " + path + " cannot be locked")
	}
	return f, nil
}

// Remove removes the folder and all that is in it.
func (f *Folder) Remove() error {
	err := f.lock.Close() // first: Windows removes no file that is open
	return errors.Join(os.RemoveAll(f.Path), err)
}

// sweepFolders removes the folders whose processes are gone.
func sweepFolders(base string) {
	found, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range found {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), folderPrefix) {
			continue
		}
		if path := filepath.Join(base, e.Name()); left(path, e) {
			_ = os.RemoveAll(path)
		}
	}
}

// left reports whether nobody holds a folder any more.
func left(path string, e fs.DirEntry) bool {
	st, err := e.Info()
	if err != nil || time.Since(st.ModTime()) < youngFolder {
		return false
	}
	file := filepath.Join(path, folderLock)
	if _, err := os.Lstat(file); err != nil {
		return true
	}
	l := flock.New(file)
	ok, err := l.TryLock()
	_ = l.Close()
	return err == nil && ok
}
