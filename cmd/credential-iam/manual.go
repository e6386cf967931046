package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manualEntry is a command as the generator of the man pages reads it.
type manualEntry struct {
	Path     string       `json:"path"`
	Short    string       `json:"short"`
	Long     string       `json:"long"`
	Usage    string       `json:"usage"`
	Example  string       `json:"example"`
	Flags    []manualFlag `json:"flags"`
	Commands []string     `json:"commands"`
}

type manualFlag struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Usage string `json:"usage"`
}

// manualCommand prints what all commands say of themselves, for the man pages.
func (a *app) manualCommand() *cobra.Command {
	return &cobra.Command{
		Use: "manual", Hidden: true, Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var all []manualEntry
			var walk func(c *cobra.Command)
			walk = func(c *cobra.Command) {
				all = append(all, entry(c))
				for _, sub := range c.Commands() {
					if shown(sub) {
						walk(sub)
					}
				}
			}
			walk(c.Root())
			return a.answerJSON(all)
		},
	}
}

func entry(c *cobra.Command) manualEntry {
	c.InitDefaultHelpFlag()
	e := manualEntry{
		Path: c.CommandPath(), Short: c.Short, Long: c.Long, Usage: useLine(c), Example: c.Example,
		Flags: []manualFlag{}, Commands: []string{},
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		e.Flags = append(e.Flags, manualFlag{name, value, usage})
	})
	for _, sub := range c.Commands() {
		if shown(sub) {
			e.Commands = append(e.Commands, sub.CommandPath())
		}
	}
	return e
}
