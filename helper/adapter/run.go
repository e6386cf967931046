package adapter

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	_ "github.com/credential-iam/credential-iam/helper/early" // see there
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

// Program is a program that clients run.
type Program struct {
	Name string
	// Usage is the command line without the name. With it --version and --help are
	// answered by Run.
	Usage string
	// Answer answers one command line; an error is exit status 1 and a line on
	// standard error, but for ErrUsage and ErrSaid.
	Answer func(ctx context.Context, c *Call) error
}

// Process is what a program has from the system; main fills it.
type Process struct {
	Args           []string
	Getenv         func(string) string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Executable is the program's own path, which is asked for when it is empty and
	// needed.
	Executable string
}

var (
	// ErrUsage ends a call whose command line was not understood, with exit status
	// 2 and [Misused] on standard error.
	ErrUsage = errors.New("usage")
	// ErrSaid ends a call that failed and has said so, with exit status 1.
	ErrSaid = errors.New("said")
)

// Run runs a program and returns its exit status.
func Run(p Program, o Process) int {
	keystore.Harden()
	c := New(p.Name, o)
	if p.Usage != "" && len(o.Args) == 1 {
		switch o.Args[0] {
		case "--version", "-v":
			// Only now: it is read out of the program file's build information.
			c.Say(p.Name + " (credential-iam) " + helper.Version() + "\n")
			return c.end(nil)
		case "--help", "-h":
			c.Say("usage: " + p.Name + " " + p.Usage + "\n")
			return c.end(nil)
		}
	}
	err := p.Answer(context.Background(), c)
	if errors.Is(err, ErrUsage) {
		c.Note(Misused(p.Name, o.Args, p.Usage))
		return 2
	}
	return c.end(err)
}

// Misused is the error of a command line that a program does not understand: what was
// given, what is wanted, and the command that shows it. Usage is the command line
// without the program's name; its first word may be one of several, A|B.
func Misused(name string, args []string, usage string) error {
	what := "arguments are missing"
	if len(args) > 0 {
		what = given(args)
		words, _, _ := strings.Cut(usage, " ")
		if near := helper.Misspelled(args[0], strings.Split(words, "|")); near != "" {
			what += "; did you mean " + strconv.Quote(near) + "?"
		}
	}
	return errors.New(what + "; want " + usage + "; run: " + name + " --help")
}

// given says which arguments were not understood, without a password or a key in them.
func given(args []string) string {
	shown := make([]string, len(args))
	for i, arg := range args {
		if shown[i] = host.Shown(helper.OneLine(arg, 120)); helper.LooksSecret(shown[i]) {
			return "an argument: " + helper.NotShown
		}
	}
	return strconv.Quote(helper.OneLine(strings.Join(shown, " "), 120)) + " is not understood"
}

// New returns the call of a program.
func New(name string, o Process) *Call {
	c := &Call{Name: name, Args: o.Args, Env: helper.SystemEnv(name, o.Getenv, o.Stderr), Stdin: o.Stdin, Stderr: o.Stderr, stdout: o.Stdout}
	c.exec = mint.Exec{Executable: o.Executable, Now: c.Env.Now}
	if c.Env.Log != nil {
		c.exec.Stderr = o.Stderr
	}
	return c
}

// end writes the answer, says what went wrong, and returns the exit status.
func (c *Call) end(err error) int {
	if lost := c.Flush(); lost != nil {
		c.Note(lost)
		err = ErrSaid
	}
	if err == nil {
		return 0
	}
	if !errors.Is(err, ErrSaid) {
		c.Note(err)
	}
	return 1
}
