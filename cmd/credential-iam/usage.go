package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/topics"
)

// columns is how wide help is on the screen.
const columns = 80

// usage prints how a command is typed: cobra's own form, within 80 columns, and
// with the help topics named as they are asked for.
func usage(c *cobra.Command) error {
	out := c.OutOrStderr()
	print := func(title, text string) {
		if text != "" {
			fmt.Fprintf(out, "\n%s\n%s\n", title, strings.TrimRight(text, "\n"))
		}
	}
	fmt.Fprintf(out, "Usage:\n  %s\n", useLine(c))
	print("Examples:", c.Example)
	for _, g := range c.Groups() {
		print(g.Title, commandList(c, g.ID))
	}
	other := "Commands:"
	if len(c.Groups()) > 0 {
		other = "Other commands:"
	}
	print(other, commandList(c, ""))
	if !c.HasParent() {
		print("Help topics (credential-iam help TOPIC):", topicList())
	}
	print("Flags:", c.LocalFlags().FlagUsagesWrapped(columns))
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\nRun \"%s COMMAND --help\" for more about a command.\n", c.CommandPath())
	}
	return nil
}

// useLine is the line that says how a command is typed.
func useLine(c *cobra.Command) string {
	if !c.Runnable() || c.HasAvailableSubCommands() {
		return c.CommandPath() + " COMMAND"
	}
	return c.UseLine()
}

// commandList lists the commands of a group.
func commandList(c *cobra.Command, group string) string {
	var b strings.Builder
	for _, sub := range c.Commands() {
		if sub.GroupID == group && shown(sub) {
			fmt.Fprintf(&b, "  %-14s %s\n", sub.Name(), sub.Short)
		}
	}
	return b.String()
}

// shown reports whether a command is one for people. Cobra leaves out "help".
func shown(c *cobra.Command) bool {
	return c.IsAvailableCommand() || c.Name() == "help" && !c.Parent().HasParent()
}

func topicList() string {
	var b strings.Builder
	for _, t := range topics.All() {
		fmt.Fprintf(&b, "  %-14s %s\n", t.Name, t.Short)
	}
	return b.String()
}

// isTopic reports whether a help topic has this name.
func isTopic(name string) bool {
	return slices.ContainsFunc(topics.All(), func(t topics.Topic) bool { return t.Name == name })
}

// printTopic prints a help topic.
func printTopic(out io.Writer, name string) error {
	for _, t := range topics.All() {
		if t.Name == name {
			_, err := io.WriteString(out, t.Text)
			return err
		}
	}
	return nil
}
