package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

func (a *app) completionCommand() *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "print a shell completion script",
		Long: `Completion prints the script that completes commands, flags and their values
(configured hosts, service accounts, kinds of token, issuers, names in the
keyring) in bash, zsh, fish or PowerShell. It makes no call and never prompts.
The script for bash needs the package bash-completion.`,
		Example: `  credential-iam completion bash > \
      ~/.local/share/bash-completion/completions/credential-iam
  credential-iam completion zsh > "${fpath[1]}/_credential-iam"
  credential-iam completion fish > \
      ~/.config/fish/completions/credential-iam.fish
  credential-iam completion powershell >> $PROFILE`,
		Args:      oneArg("SHELL", strings.Join(shells, ", ")),
		ValidArgs: shells,
		RunE: func(c *cobra.Command, args []string) error {
			switch args[0] {
			case "bash":
				return c.Root().GenBashCompletionV2(a.out(), true)
			case "zsh":
				return c.Root().GenZshCompletion(a.out())
			case "fish":
				return c.Root().GenFishCompletion(a.out(), true)
			case "powershell":
				return c.Root().GenPowerShellCompletionWithDesc(a.out())
			}
			return usagef("unknown shell %q%s; want %s", helper.OneLine(args[0], 60), meant(args[0], shells), strings.Join(shells, ", "))
		},
	}
}
