package adapter

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

// run runs a program in an empty environment.
func run(p Program, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, said bytes.Buffer
	code = Run(p, Process{Args: args, Getenv: func(string) string { return "" }, Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &said})
	return code, out.String(), said.String()
}

// A command line that is not understood is a line like any other failure, which says
// what is; no secret is repeated.
func TestMisused(t *testing.T) {
	for want, args := range map[string][]string{
		"arguments are missing; want get|store HOST; run: x --help":                          nil,
		`"gte a" is not understood; did you mean "get"?; want get|store HOST; run: x --help`: {"gte", "a"},
		`"https://REDACTED@a" is not understood; want get|store HOST; run: x --help`:         {"https://u:secret@a"},
		"an argument: " + helper.NotShown + "; want get|store HOST; run: x --help":           {"get", "ya29.secret"},
		`"x y z" is not understood; want get|store HOST; run: x --help`:                      {"x\ny", "z"},
	} {
		if got := Misused("x", args, "get|store HOST").Error(); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}

func TestRun(t *testing.T) {
	for name, c := range map[string]struct {
		answer         func(context.Context, *Call) error
		args           []string
		code           int
		stdout, stderr string
	}{
		"answered":          {func(_ context.Context, c *Call) error { c.Say("a"); c.Say("b\n"); return nil }, nil, 0, "ab\n", ""},
		"failed":            {func(context.Context, *Call) error { return errors.New("why\nso") }, nil, 1, "", "x: why so\n"},
		"failed in its way": {func(_ context.Context, c *Call) error { c.Say("quit\n"); return errors.New("why") }, nil, 1, "quit\n", "x: why\n"},
		"said":              {func(_ context.Context, c *Call) error { c.Say("no\n"); return ErrSaid }, nil, 1, "no\n", ""},
		"usage":             {func(_ context.Context, c *Call) error { c.Say("half"); return ErrUsage }, nil, 2, "", "x: arguments are missing; want get; run: x --help\n"},
		"noted":             {func(_ context.Context, c *Call) error { c.Note(errors.New("odd")); return nil }, nil, 0, "", "x: odd\n"},
		"help":              {nil, []string{"--help"}, 0, "usage: x get\n", ""},
		"long":              {func(context.Context, *Call) error { return errors.New(strings.Repeat("y", 9000)) }, nil, 1, "", "x: " + strings.Repeat("y", 1997) + "...\n"},
	} {
		code, stdout, stderr := run(Program{Name: "x", Usage: "get", Answer: c.answer}, "", c.args...)
		if code != c.code || stdout != c.stdout || stderr != c.stderr {
			t.Errorf("%s: exit %d, %q, %.80q", name, code, stdout, stderr)
		}
	}
	code, stdout, _ := run(Program{Name: "x", Usage: "get"}, "", "--version")
	if code != 0 || !strings.HasPrefix(stdout, "x (credential-iam) ") {
		t.Errorf("version: exit %d, %q", code, stdout)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("nobody reads") }

// An answer that nobody received is a failure, and a dialogue ends at once.
func TestLost(t *testing.T) {
	var said bytes.Buffer
	answer := func(_ context.Context, c *Call) error { c.Say("secret"); return nil }
	p := Process{Getenv: os.Getenv, Stdout: failing{}, Stderr: &said}
	if code := Run(Program{Name: "x", Answer: answer}, p); code != 1 || said.String() != "x: write the answer: nobody reads\n" {
		t.Errorf("exit %d, %q", code, said.String())
	}
	silent := func(context.Context, *Call) error { return nil }
	if code := Run(Program{Name: "x", Answer: silent}, p); code != 0 {
		t.Errorf("without an answer: exit %d", code)
	}
	c := New("x", Process{Getenv: os.Getenv, Stdout: failing{}})
	c.Say("first")
	if err := c.Flush(); err == nil {
		t.Error("a lost line of a dialogue is no error")
	}
}

func TestRead(t *testing.T) {
	for in, ok := range map[string]bool{"": true, "1234": true, "12345": false, strings.Repeat("x", 1<<20): false} {
		c := &Call{Stdin: strings.NewReader(in)}
		if b, got := c.Read(4); got != ok || ok && string(b) != in {
			t.Errorf("%.10q: %q, %v", in, b, got)
		}
	}
	long := strings.NewReader(strings.Repeat("x", 1<<20))
	if (&Call{Stdin: long}).Read(4); 1<<20-long.Len() > 5 {
		t.Errorf("%d bytes were read", 1<<20-long.Len())
	}
}
