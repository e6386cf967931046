package main

import (
	"context"
	"errors"
	"os"

	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper/mint"
)

// demoProgram is a program of its own, so that this one does not link the stand-in
// for Google.
const demoProgram = "credential-iam-demo"

// demoPatience is how long an interrupted demo may take to clean up.
const demoPatience = 10 * time.Second

// demoCommand shows the product on embedded stand-ins.
func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "show both helpers at work, without an account",
		Long: `Demo pushes a real image and a real commit as a service account, to a registry,
a git server and an IAM Credentials API that run on loopback, and shows what
each step cost. It needs git, and changes nothing outside a temporary folder.

It is the program ` + demoProgram + `, installed beside this one.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context()) },
	}
}

func (a *app) demo(ctx context.Context) error {
	path, err := mint.Find(a.Executable, demoProgram)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = a.Environ, a.stdin, a.stdout, a.stderr
	// It removes what it put into the keystore before it ends.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = demoPatience
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) || ctx.Err() != nil {
		return errSilent // it said why
	}
	return err
}
