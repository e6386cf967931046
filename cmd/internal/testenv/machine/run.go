//go:build linux

package machine

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// Answer is what a client got.
type Answer struct {
	Client         Client
	Stdout, Stderr string
	Code           int
	// Killed says that the program did not end by itself.
	Killed bool
	// At is when the program was started, and Took how long it ran.
	At   time.Time
	Took time.Duration
}

// Token is the token in the answer.
func (a Answer) Token() string { return testenv.Token(a.Stdout) }

// Ask runs a client for its usual host.
func (m *Machine) Ask(c Client, verb string, env ...string) Answer {
	host := DockerHost
	if c == Git {
		host = GitHost
	}
	return m.AskFor(c, verb, host, env...)
}

// AskFor runs a client for a host, with more environment if need be.
func (m *Machine) AskFor(c Client, verb, host string, env ...string) Answer {
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	return Run(c, m.Command(ctx, c, verb, host, env...))
}

// Run runs what [Machine.Command] made.
func Run(c Client, cmd *exec.Cmd) Answer {
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	at := time.Now()
	err := cmd.Run()
	a := Answer{Client: c, Stdout: out.String(), Stderr: log.String(), At: at, Took: time.Since(at)}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		a.Code, a.Killed = exit.ExitCode(), !exit.Exited()
	case err != nil:
		a.Code, a.Killed = -1, true
		a.Stderr += err.Error()
	}
	return a
}

// Command is a client as the machine's user runs it, not started yet.
func (m *Machine) Command(ctx context.Context, c Client, verb, host string, env ...string) *exec.Cmd {
	args := []string{filepath.Join(m.Bin, string(c)), verb}
	sys := &syscall.SysProcAttr{}
	if m.Wrap != nil {
		args = m.Wrap(args)
	} else if m.Isolated {
		sys.Credential = &syscall.Credential{Uid: uint32(m.UID), Gid: uint32(m.UID)} //nolint:gosec // a small number
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = m.Work, m.Environ(env...), sys
	cmd.WaitDelay = testenv.Patience // who holds the pipes open is to be seen in the time
	cmd.Stdin = strings.NewReader(host + "\n")
	if c == Git {
		cmd.Stdin = strings.NewReader("capability[]=authtype\nprotocol=https\nhost=" + host + "\n\n")
	}
	return cmd
}
