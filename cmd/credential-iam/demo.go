package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/demo"
)

// pushCommand is the hidden command that pushes the demo's image, in a process
// with the demo's environment.
const pushCommand = "demo-push"

// demoCommand shows the product on embedded stand-ins.
func (a *app) demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the product at work, without an account",
		Long: `Demo pushes a real image and a real commit as a service account, to a registry,
a git server and an IAM Credentials API that run inside this process, and tells
what each step cost. It needs git, and changes nothing outside a temporary
folder.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Run(cmd.Context(), demo.Options{
				Env: a.env, Environ: a.environ, Executable: a.executable, Stdout: a.stdout, Push: pushCommand,
			})
		},
	}
}

// demoPushCommand pushes one image; the demo runs it.
func (a *app) demoPushCommand() *cobra.Command {
	return &cobra.Command{
		Use: pushCommand + " REFERENCE", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			digest, err := demo.Push(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, digest)
			return err
		},
	}
}
