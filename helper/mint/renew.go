package mint

import (
	"context"
	"os"

	"github.com/credential-iam/credential-iam/helper"
)

// Renew starts "credential-iam renew" for t and does not wait for it. The child
// has a session of its own and inherits no descriptors, so that neither a
// terminal's interrupt nor a client that waits for the output to close is
// affected by it; it ends by itself within its time budget. A child that cannot
// be started is not an error: the token at hand is good.
func (x Exec) Renew(t helper.Target) error {
	core, err := locate(x.Executable, Program)
	if err != nil {
		return err
	}
	if err := helper.CheckDescriptors(); err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	// The request is smaller than a pipe's buffer: writing it does not wait for a
	// reader, and it outlives this process.
	_, err = w.Write(x.request(t))
	if closeErr := w.Close(); err != nil || closeErr != nil {
		return err
	}
	cmd := command(context.Background(), core, CommandRenew)
	cmd.Stdin = r
	detach(cmd)
	if err := Start(cmd); err != nil {
		return err
	}
	return cmd.Process.Release()
}
