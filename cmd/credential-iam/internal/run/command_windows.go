package run

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"os/signal"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/session"
)

// Hidden answers the hidden commands, of which there are none here.
func Hidden(core.Core, []string) (ok bool, err error) { return false, nil }

// Run serves s for as long as the command lives.
func (c Command) Run(s *session.Session) error {
	defer s.Close()
	if c.Interrupted() {
		return ErrInterrupted
	}
	// From here on they end the command, and this process with it: its files go first.
	if err := c.Endings.came(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go session.Serve(ctx, c.Core, &s.Plan, s.Listener) //nolint:errcheck // it ends with the command
	signal.Ignore(os.Interrupt)                        // it is for the command, which has it too
	cmd := exec.Command(c.Path, c.Args[1:]...)
	cmd.Args = c.Args
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Environ, os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &Ended{exit.ExitCode()}
	}
	if err != nil {
		return notRun(c.Args[0], c.Path, err)
	}
	return nil
}
