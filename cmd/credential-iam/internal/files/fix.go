package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/credential-iam/credential-iam/helper"
)

var (
	// ErrNotRegular says that a fifo, a device or a folder is in the file's place.
	ErrNotRegular = errors.New("it is not a regular file")
	// ErrLocked says that a git holds the file's lock, or was killed while it did.
	ErrLocked = errors.New("git is writing it, or was killed while it did: it left")
)

// Error is a file that cannot be read or replaced.
type Error struct {
	// Path is the name that the file was read by.
	Path string
	// Err is the cause.
	Err error
	// Fix is the command that takes the cause away, "" where only a person knows one.
	Fix string
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// unreadable explains why a file cannot be read.
func (f *File) unreadable(err error) error {
	fix := helper.ListFolderCommand(f.target)
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		fix = f.clearing(notFolder(f.target))
	case errors.Is(err, syscall.ELOOP):
		if link := lost(f.target); link != "" {
			fix = helper.RemoveCommand(link)
		}
	case errors.Is(err, fs.ErrPermission):
		barred := barrier(f.target)
		if fix = ownership(barred); mine(barred) {
			fix = helper.AllowCommand("u+r", barred)
			if st, err := os.Stat(barred); err == nil && st.IsDir() {
				fix = helper.AllowCommand("u+rwx", barred)
			}
		}
	}
	return &Error{Path: f.Path, Err: cause(err), Fix: fix}
}

// unwritable explains why a new file cannot be made beside a file.
func (f *File) unwritable(err error) error {
	dir := existing(filepath.Dir(f.target))
	reason, fix := cause(err), helper.ListFolderCommand(dir)
	switch {
	case errors.Is(err, syscall.ENOSPC):
		fix = "df -h " + word(dir) // what to delete only a person knows
	case errors.Is(err, syscall.EROFS) && f.Linked():
		// The target is generated (a store of packages, a read-only checkout): a copy in
		// the link's place can be written.
		fix = helper.Then(helper.RemoveCommand(f.Path), helper.CopyCommand(f.target, f.Path), helper.AllowCommand("u+w", f.Path))
	case errors.Is(err, syscall.EROFS):
		fix = `sudo mount -o remount,rw "$(findmnt -nro TARGET -T ` + word(dir) + `)"`
	case errors.Is(err, syscall.ENOTDIR):
		fix = f.clearing(notFolder(f.target))
	case errors.Is(err, fs.ErrExist) && lost(f.target) != "":
		dir = lost(f.target)
		if to, err := follow(dir); err == nil {
			reason, fix = errors.New("it leads to "+to+", which does not exist"), helper.FolderCommand(to)
		}
	case errors.Is(err, fs.ErrPermission) && mine(dir):
		fix = helper.AllowCommand("u+rwx", dir)
	case errors.Is(err, fs.ErrPermission):
		fix = ownership(dir)
	}
	return &Error{Path: f.Path, Err: &folderError{dir, reason}, Fix: fix}
}

// immovable explains why a file that was prepared cannot come into its place.
func (f *File) immovable(err error) error {
	fix := helper.ListCommand(f.target)
	switch {
	case errors.Is(err, errHeld):
		return &Error{Path: f.Path, Err: errHeld} // which program it is, only a person sees
	case errors.Is(err, syscall.EBUSY):
		fix = "sudo umount " + word(f.target)
		err = &mountError{}
	case errors.Is(err, fs.ErrPermission) && !mine(f.target): // in a folder like /tmp
		fix = ownership(f.target)
	case errors.Is(err, fs.ErrPermission):
		fix = helper.ReplaceableCommand(f.target)
	}
	return &Error{Path: f.Path, Err: cause(err), Fix: fix}
}

// mountError is a file that is mounted by itself, which a container has.
type mountError struct{}

func (*mountError) Error() string { return "it is a mount of its own and cannot be replaced" }

// folderError is a folder that nothing can be made in.
type folderError struct {
	dir string
	err error
}

func (e *folderError) Error() string { return "cannot write in " + e.dir + ": " + e.err.Error() }
func (e *folderError) Unwrap() error { return e.err }

// cause drops the operation and the path, which the caller names better.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}

// existing returns the innermost folder of a path that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// lost returns the symbolic link on the way to a file that leads nowhere, "" for none:
// a folder in a place that is not mounted, or a link to itself.
func lost(path string) string {
	for filepath.Dir(path) != path {
		path = filepath.Dir(path)
		if st, err := os.Lstat(path); err == nil {
			if _, err := os.Stat(path); err != nil && st.Mode()&fs.ModeSymlink != 0 {
				return path
			}
			return ""
		}
	}
	return ""
}

// barrier returns the file itself, or the first folder on the way to it that may not
// be looked into.
func barrier(path string) string {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrPermission) || filepath.Dir(path) == path {
		return path
	}
	return barrier(filepath.Dir(path))
}

// notFolder returns the part of a path that ought to be a folder.
func notFolder(path string) string {
	for filepath.Dir(path) != path {
		path = filepath.Dir(path)
		if st, err := os.Stat(path); err == nil && !st.IsDir() {
			return path
		}
	}
	return path
}

// clearing is the command that takes away what is in the way: the person's link and
// never what it leads to, which may be a device or a file of somebody else's.
func (f *File) clearing(path string) string {
	if f.Linked() {
		return helper.RemoveCommand(f.Path)
	}
	return Away(path)
}

// Away is the command that moves what is at a path aside, or removes an empty folder,
// which a container engine makes where a file is missing. A device stays where it is:
// every program of the machine uses it.
func Away(path string) string {
	st, err := os.Lstat(path)
	if err != nil || st.Mode()&fs.ModeDevice != 0 {
		return ""
	}
	if all, err := os.ReadDir(path); st.IsDir() && err == nil && len(all) == 0 {
		return "rmdir " + word(path)
	}
	aside := path + ".old"
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); err != nil {
			return helper.MoveCommand(path, aside)
		}
		aside = path + ".old" + strconv.Itoa(n)
	}
}

// unlocking is the command that removes a lock which a killed git left.
func unlocking(lock string) string {
	if st, err := os.Lstat(lock); err == nil && !st.Mode().IsRegular() {
		return Away(lock)
	}
	return helper.RemoveCommand(lock)
}

// ownership is the command that makes a path this person's: a folder for one program
// ("~/.docker", where a docker of root's was first) with all that is in it, and never a
// folder of the system, which a home has that is "/".
func ownership(path string) string {
	switch {
	case filepath.Dir(filepath.Dir(path)) == filepath.Dir(path):
		return `export HOME="$(mktemp -d)"`
	case strings.Contains(filepath.ToSlash(path), "/."):
		return `sudo chown -R "$(id -u)" ` + word(path)
	}
	return `sudo chown "$(id -u)" ` + word(path)
}

func word(path string) string { return helper.ShellWord(path) }
