package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

// versionAnswer is the stable form of version.
type versionAnswer struct {
	Version  string    `json:"version"`
	Programs []program `json:"programs"`
	// Untagged are the paths of programs that were built without their build tags.
	Untagged []string `json:"untagged,omitempty"`
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "version [--json]",
		Short: "print the versions of the programs",
		Long: `Version prints the version of credential-iam, and those of the programs that
clients run, such as docker-credential-iam and git-credential-iam, which it
finds beside itself and on the PATH and runs. They belong together: a warning on
standard error says so when versions differ.

Programs that were built without the build tags of a release, as "go install"
builds them, work the same; they are larger and start slower. A warning names
them.

The JSON form is {"version", "programs": [{"name", "path", "version",
"error"}], "untagged": [PATH]}.`,
		Example: `  credential-iam version`,
		Args:    noArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return a.version(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) version(ctx context.Context, asJSON bool) error {
	answer := versionAnswer{Version: helper.Version(), Programs: a.adapters(ctx)}
	answer.Untagged = a.untagged(answer.Programs)
	if asJSON {
		if err := a.answerJSON(answer); err != nil {
			return err
		}
	} else if err := a.answer("credential-iam " + answer.Version); err != nil {
		return err
	}
	for _, p := range answer.Programs {
		if !asJSON {
			if err := a.answer(p.String()); err != nil {
				return err
			}
		}
		if p.Version != "" && p.Version != answer.Version {
			a.note("warning: %s has version %s and credential-iam has %s; install all programs from one release", p.Path, p.Version, answer.Version)
		}
	}
	if len(answer.Untagged) > 0 {
		a.note("warning: built without build tags, so larger and slower to start: %s; a release has them, and so has what is built with: git clone https://%s && credential-iam/install.sh",
			strings.Join(answer.Untagged, ", "), module)
	}
	return nil
}

// String is a program's line.
func (p program) String() string {
	switch {
	case p.Path == "":
		return p.Name + ": " + p.Error
	case p.Error != "":
		return fmt.Sprintf("%s: %s (%s)", p.Name, p.Error, p.Path)
	}
	return fmt.Sprintf("%s %s (%s)", p.Name, p.Version, p.Path)
}
