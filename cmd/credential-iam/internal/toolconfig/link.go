package toolconfig

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/owner"
	"github.com/credential-iam/credential-iam/helper"
)

// Link is the key of a change that makes or removes a link.
const Link = "link"

// Unlink plans the removal of a link that was made for a tool which does not name it
// any more; no steps where it is not one of ours.
func (w World) Unlink(path string) []Step { return w.unlink(path, program) }

// linkDir is the folder of the links: that of the programs where it is the person's
// own, since the name of a link hides another program from everybody.
func (w World) linkDir() (string, error) {
	switch {
	case w.LinkDir != "":
		return filepath.Abs(w.LinkDir)
	case w.Bin != "" && w.Env.HomeDir != "" && strings.HasPrefix(w.Bin, w.Env.HomeDir+string(filepath.Separator)):
		return w.Bin, nil
	}
	return w.home("make a link in", ".local", "bin")
}

// freeDir is a folder where no other program has the name of a link.
func (w World) freeDir() string {
	if dir, err := w.home("make a link in", ".local", "lib", "credential-iam"); err == nil && w.LinkDir != dir {
		return helper.ShellWord(dir)
	}
	return "DIR"
}

// link plans a link to one of our programs; no steps where it is there. Another
// program of that name is never replaced.
func (w World) link(path, to, flag string) ([]Step, error) {
	target, err := w.installed(to)
	if err != nil {
		return nil, err
	}
	if isOurs(path, target) {
		return nil, nil
	}
	leads, err := os.Readlink(path)
	if err == nil && base(leads) == to { // to where the programs were before
		return []Step{{
			Changes: []Change{{File: path, Key: Link, Old: []string{leads}, New: []string{target}}},
			Diff:    "would link " + path + " to " + target + "\n",
			Step: &action{
				do:   func(context.Context) error { return relink(path, target) },
				undo: func(context.Context) error { return relink(path, leads) },
			},
		}}, nil
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, failure("make the link", path, "there is another program of this name; nothing was changed", "credential-iam configure "+flag+" --link-dir "+w.freeDir())
	}
	return []Step{{
		Changes: []Change{{File: path, Key: Link, New: []string{target}}},
		Diff:    "would link " + path + " to " + target + "\n",
		Step: &action{do: func(context.Context) error {
			if err := owner.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return failure("make the folder", filepath.Dir(path), cause(err), helper.ListFolderCommand(filepath.Dir(path)))
			}
			err := owner.Symlink(target, path)
			if err != nil && runtime.GOOS == "windows" { // where a link needs a right that few have
				err = os.Link(target, path)
			}
			if err != nil {
				return failure("make the link", path, cause(err), helper.ListFolderCommand(filepath.Dir(path)))
			}
			return nil
		}, undo: func(context.Context) error { return os.Remove(path) }},
	}}, nil
}

// relink has a link lead elsewhere.
func relink(path, target string) error {
	err := os.Remove(path)
	if err == nil {
		err = owner.Symlink(target, path)
	}
	if err != nil {
		return failure("change the link", path, cause(err), helper.ListFolderCommand(filepath.Dir(path)))
	}
	return nil
}

// unlink plans the removal of a link to one of our programs, also of one that leads
// nowhere since the programs were removed.
func (w World) unlink(path, to string) []Step {
	target, _ := w.installed(to)
	leads, err := os.Readlink(path)
	if !isOurs(path, target) && (err != nil || base(leads) != to) {
		return nil
	}
	return []Step{{
		Changes: []Change{{File: path, Key: Link, Old: []string{leads}}},
		Diff:    "would remove the link " + path + "\n",
		Step: &action{do: func(context.Context) error {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return failure("remove the link", path, cause(err), helper.ListFolderCommand(filepath.Dir(path)))
			}
			return nil
		}, undo: func(context.Context) error { return owner.Symlink(leads, path) }},
	}}
}

// isOurs reports whether a path is a link to the program, and not the program itself.
func isOurs(path, target string) bool {
	x, err1 := os.Stat(path)
	y, err2 := os.Stat(target)
	return err1 == nil && err2 == nil && os.SameFile(x, y) && path != target
}

// cause returns why the system refused, without the operation and the path.
func cause(err error) string {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		err = p.Err
	case errors.As(err, &l):
		err = l.Err
	}
	return err.Error()
}
