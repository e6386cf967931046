package main

import (
	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

func (a *app) completionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "print a shell completion script",
		Long: `Completion prints the script that completes commands and flags in bash, zsh or
fish.`,
		Example: `  credential-iam completion bash > ~/.local/share/bash-completion/completions/credential-iam
  credential-iam completion zsh > "${fpath[1]}/_credential-iam"
  credential-iam completion fish > ~/.config/fish/completions/credential-iam.fish`,
		Args:      oneArg("bash, zsh or fish"),
		ValidArgs: []string{"bash", "zsh", "fish"},
		RunE: func(c *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(a.stdout, true)
			case "zsh":
				return c.Root().GenZshCompletion(a.stdout)
			case "fish":
				return c.Root().GenFishCompletion(a.stdout, true)
			}
			return usagef("%q: want bash, zsh or fish", helper.OneLine(args[0], 60))
		},
	}
}
