package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/topics"
)

// helpCommand shows the manual of a command, or a topic. An unknown one is a
// mistake, as it is without "help".
func (a *app) helpCommand(manual io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND | TOPIC]",
		Short: "show help for a command or a topic",
		Long: `Help shows the manual of a command, as --help does, or a topic: what concerns
more than one command. Without an argument it lists both.`,
		Example: `  credential-iam help configure
  credential-iam help configuration`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && isTopic(args[0]) {
				return nil
			}
			if _, rest, err := c.Root().Find(args); err != nil || len(rest) > 0 {
				return unknownPage(c.Root(), args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 && isTopic(args[0]) {
				return printTopic(manual, args[0])
			}
			of, _, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			of.InitDefaultHelpFlag() // so that it is among the flags
			return of.Help()
		},
		ValidArgsFunction: completeHelp,
	}
}

// manualOf is the command that shows a command's manual; "help" lists what there is.
func manualOf(c *cobra.Command) string {
	if c.Name() == "help" {
		return c.CommandPath()
	}
	return c.CommandPath() + " --help"
}

// page is where cobra prints manuals and the version. It keeps the error of a
// write, which cobra treats as a mistake in the command line, or drops.
type page struct {
	io.Writer
	err error
}

// Write claims to have written all.
func (p *page) Write(b []byte) (int, error) {
	if p.err == nil {
		_, p.err = p.Writer.Write(b)
	}
	return len(b), nil
}

// completeHelp completes the names of commands and topics.
func completeHelp(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	of, _, err := c.Root().Find(args)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, sub := range of.Commands() {
		if shown(sub) {
			names = append(names, cobra.CompletionWithDesc(sub.Name(), sub.Short))
		}
	}
	if len(args) == 0 {
		for _, t := range topics.All() {
			names = append(names, cobra.CompletionWithDesc(t.Name, t.Short))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
