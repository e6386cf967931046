package main

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

// strictHelp makes "help" refuse a topic that is unknown: that is a mistake, as it
// is without "help".
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		if c.Name() != "help" {
			continue
		}
		c.Args = func(_ *cobra.Command, args []string) error {
			if _, rest, err := root.Find(args); err != nil || len(rest) > 0 {
				return usagef("unknown command %q", helper.OneLine(strings.Join(args, " "), 60))
			}
			return nil
		}
	}
}

// manualOf is the command that shows a command's manual. "help" lists the topics
// that there are; its own manual does not.
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
