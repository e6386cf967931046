package run

import (
	"errors"
	"io"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
)

// Command is a command that is to be run.
type Command struct {
	// Path of the program, and its arguments, the first of which is its name.
	Path string
	Args []string
	// Core makes the tokens; its environment is that of the server.
	Core core.Core
	// Stderr is where the server's debug log goes, nil for nowhere.
	Stderr io.Writer
	// Inherit takes back what the command would inherit of this process.
	Inherit func()
	// Interrupted reports whether the person has interrupted this process; it is asked
	// when the command would get the next interrupt.
	Interrupted func() bool
	// Endings are caught until the command has its place.
	Endings *Endings
}

// ErrInterrupted is returned where the command was not run because of an interrupt.
var ErrInterrupted = errors.New("interrupted before the command was run")

// Ended is the error of a command that has ended otherwise than with exit status 0.
// There is none where this process becomes the command.
type Ended struct{ Code int }

// Error says nothing new: the command has.
func (*Ended) Error() string { return "the command failed" }
