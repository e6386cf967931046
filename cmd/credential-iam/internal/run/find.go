package run

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// The exit statuses of a command that cannot be run, as a shell has them.
const (
	ExitNotRunnable = 126
	ExitNotFound    = 127
)

// NotRun is the error of a command that cannot be run.
type NotRun struct {
	// Code is the exit status.
	Code int
	Err  error
}

// Error says why.
func (e *NotRun) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NotRun) Unwrap() error { return e.Err }

// Find returns the path of a command, as a shell finds it with a PATH: one on it that cannot be
// run is the answer where there is no other.
func Find(name, path string) (string, error) {
	found, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) { // the person's PATH says so
		err = nil
	}
	if errors.Is(err, exec.ErrNotFound) && filepath.Base(name) == name {
		if there := present(name, path); there != "" {
			return "", notRun(name, there, fs.ErrPermission)
		}
	}
	if err != nil {
		return "", notRun(name, name, err)
	}
	return found, nil
}

// present is the first file of a name on a PATH, whether it can be run or not.
func present(name, path string) string {
	if name == "" || name == "." || name == ".." {
		return ""
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if st, err := os.Stat(file); err == nil && !st.IsDir() {
			return file
		}
	}
	return ""
}

// notRun is the error of a command that is not there, or cannot be run: path is what
// was tried.
func notRun(name, path string, err error) *NotRun {
	why, hint, code := cause(path, err)
	if hint == "" {
		hint = helper.FindCommand(helper.OneLine(name, 200))
	}
	return &NotRun{code, &helper.Error{
		Who: helper.User, Op: "run the command", Object: helper.OneLine(name, 200), Reason: why, Hint: hint, Code: "command", Cause: err,
	}}
}

// cause says why path cannot be run, what shows it, and the exit status, all as a shell
// has them.
func cause(path string, err error) (why, hint string, code int) {
	name := helper.OneLine(path, 200)
	show := helper.ListFolderCommand(name)
	st, missing := os.Stat(path)
	switch {
	case errors.Is(err, exec.ErrNotFound) || filepath.Base(path) == path && missing != nil:
		return "it is not on the PATH", "", ExitNotFound
	case errors.Is(missing, fs.ErrNotExist):
		return missingWhy(path), show, ExitNotFound
	case missing == nil && st.IsDir():
		return "it is a directory", show, ExitNotRunnable
	case errors.Is(err, fs.ErrPermission) && missing == nil && st.Mode().Perm()&0o111 == 0:
		if hint = show; program(path) {
			hint = helper.AllowCommand("+x", name)
		}
		return path + " is not executable: permission denied", hint, ExitNotRunnable
	case errors.Is(err, fs.ErrNotExist): // the file is there, so it is what runs it
		if by := interpreter(path); by != "" {
			return "bad interpreter: " + by + " in its first line is not there", helper.BeginCommand(name), ExitNotFound
		}
		return "it is there, but its loader or a file that it requires is not", helper.KindCommand(name), ExitNotFound
	case errors.Is(err, fs.ErrPermission) && missing == nil && !runnable(interpreter(path)):
		return "bad interpreter: " + interpreter(path) + " in its first line cannot be run", helper.BeginCommand(name), ExitNotRunnable
	case errors.Is(err, errBinary):
		return err.Error(), helper.KindCommand(name), ExitNotRunnable
	}
	var inner *fs.PathError
	if errors.As(err, &inner) {
		err = inner.Err
	}
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	return err.Error(), show, ExitNotRunnable
}

// missingWhy tells a link that leads nowhere from what is not there.
func missingWhy(path string) string {
	if to, err := os.Readlink(path); err == nil {
		return "it is a link to " + helper.OneLine(to, 200) + ", which is not there"
	}
	return "no such file or directory"
}

// errBinary is the error of a program that is for another machine or system, which no
// shell can read either.
var errBinary = errors.New("it is a program for another system or processor: exec format error")

// start returns the first bytes of a file, in which what runs it is named.
func start(path string) string {
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return "" // a pipe would have us wait
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b := make([]byte, 256) // as many as Linux reads
	n, _ := io.ReadFull(f, b)
	return string(b[:n])
}

// program reports whether a file is meant to be run: a script that says by what, or a
// program of this system.
func program(path string) bool {
	b := start(path)
	return strings.HasPrefix(b, "#!") || strings.HasPrefix(b, "\x7fELF")
}

// interpreter is what the first line of a script names, "" where it names nothing.
func interpreter(path string) string {
	line, ok := strings.CutPrefix(start(path), "#!")
	line, _, _ = strings.Cut(line, "\n")
	if words := strings.Fields(line); ok && len(words) > 0 {
		return helper.OneLine(words[0], 100)
	}
	return ""
}

// runnable reports whether what a first line names may be run; nothing is what runs all
// else.
func runnable(by string) bool {
	st, err := os.Stat(by)
	return by == "" || err == nil && !st.IsDir() && st.Mode().Perm()&0o111 != 0
}
