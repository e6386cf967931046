package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
)

// payload reads what is to be signed from standard input, whole.
func (a *app) payload(ctx context.Context, command, what string) ([]byte, error) {
	a.noteTyping(what)
	b, err := io.ReadAll(io.LimitReader(a.input(ctx), iam.MaxPayload+1))
	if err != nil {
		return nil, notRead(command, what, err.Error(), err)
	}
	if len(b) > iam.MaxPayload {
		return nil, notRead(command, what, fmt.Sprintf("more than %d bytes; sign a digest instead", iam.MaxPayload), nil)
	}
	return b, nil
}

// notRead says why a command has nothing to sign.
func notRead(command, what, reason string, cause error) error {
	return &helper.Error{
		Who: helper.User, Op: "read from standard input", Object: what, Reason: reason, Code: "input", Cause: cause,
		Hint: command + " --help",
	}
}

// signer returns the client and the target of a signature. Signatures are never
// cached; the source's token is.
func (a *app) signer(ctx context.Context, f *targetFlags) (*iam.Client, helper.Target, error) {
	t, err := a.target(ctx, f, helper.Access)
	if err != nil {
		return nil, t, err
	}
	t = asAccount(t, helper.Access)
	return a.Client(ctx, t), t, nil
}

// signCommand is what sign-blob and sign-jwt have in common: sign prints the
// answer to what standard input holds.
func (a *app) signCommand(c *cobra.Command, what string, sign func(ctx context.Context, client *iam.Client, t helper.Target, payload []byte, asJSON bool) error) *cobra.Command {
	var asJSON bool
	f := addTargetFlags(c)
	a.addCallFlags(c, f)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Args = noArgs
	c.RunE = func(c *cobra.Command, _ []string) error {
		client, t, err := a.signer(c.Context(), f)
		if err != nil {
			return err
		}
		payload, err := a.payload(c.Context(), c.CommandPath(), what)
		if err != nil {
			return err
		}
		ctx, cancel := a.within(c.Context())
		defer cancel()
		return accountHint(sign(ctx, client, t, payload, asJSON))
	}
	return c
}
