package run

import (
	"errors"
	"io/fs"
	"os/exec"

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

// Find returns the path of a command, as a shell finds it.
func Find(name string) (string, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrDot) { // the person's PATH says so
		err = nil
	}
	if err != nil {
		return "", notRun(name, err)
	}
	return path, nil
}

// notRun is the error of a command that is not there, or cannot be run.
func notRun(name string, err error) *NotRun {
	e := &helper.Error{Who: helper.User, Op: "run the command", Object: helper.OneLine(name, 200), Reason: reason(err), Hint: "command -v " + helper.ShellWord(helper.OneLine(name, 200)), Code: "command", Cause: err}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		return &NotRun{ExitNotFound, e}
	}
	return &NotRun{ExitNotRunnable, e}
}

// reason is the cause without the name, which is said already.
func reason(err error) string {
	var lookup *exec.Error
	if errors.As(err, &lookup) {
		err = lookup.Err
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if errors.Is(err, exec.ErrNotFound) {
		return "it is not on the PATH"
	}
	return err.Error()
}
