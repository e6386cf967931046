package main

import (
	"bytes"
	"io"
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
The script for bash needs nothing else. With the package bash-completion it may
be a file in the folder of the example, which bash reads when it is needed.`,
		Example: `  echo 'source <(credential-iam completion bash)' >> ~/.bashrc
  credential-iam completion bash > \
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
				return a.bashCompletion(c.Root())
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

// bashCompletion prints the script for bash. Cobra's calls functions of the package
// bash-completion, which a plain bash has not.
func (a *app) bashCompletion(root *cobra.Command) error {
	var script bytes.Buffer
	if err := root.GenBashCompletionV2(&script, true); err != nil {
		return err
	}
	_, err := io.WriteString(a.out(), strings.Replace(script.String(), byPackage, bySelf, 1)+bashWords)
	return err
}

const (
	byPackage = `    _get_comp_words_by_ref "$@" cur prev words cword
`
	bySelf = `    if declare -F _get_comp_words_by_ref >/dev/null 2>&1; then
        _get_comp_words_by_ref "$@" cur prev words cword
    else
        __credential-iam_words
    fi
`
	bashWords = `
# The words of the line up to the cursor, as the package bash-completion has them: what
# bash breaks at = and : is put together again.
__credential-iam_words()
{
    local line=${COMP_LINE:0:COMP_POINT} before piece glue= i
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        before=$line
        line=${line#"${line%%[![:space:]]*}"}
        piece=${COMP_WORDS[i]}
        if ((i == COMP_CWORD)); then
            piece=$line
        fi
        if [[ $line == "$before" && ${#words[@]} -gt 1 && ( -n $glue || -n $piece && -z ${piece//[=:]/} ) ]]; then
            words[${#words[@]}-1]+=$piece
        else
            words+=("$piece")
        fi
        glue=
        if [[ -n $piece && -z ${piece//[=:]/} ]]; then
            glue=1
        fi
        line=${line#"$piece"}
    done
    cword=$((${#words[@]} - 1))
    cur=${words[cword]} prev=${words[cword-1]}
}
`
)
