package main

import (
	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/configure"
)

func (a *app) unconfigureCommand() *cobra.Command {
	var r configure.Request
	var t toolFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "unconfigure [HOST-OR-URL]... [--pip]...",
		Short: "remove what configure added",
		Long: `Unconfigure removes what configure added, for the hosts that are named or for
all: the credHelpers entries of value "iam", the keys that configure writes into
the sections "iam" and "iam@HOST" of docker's configuration file, and the
entries of git's global configuration that run git-credential-iam, with the
settings that belong to them. A host includes every path below it. What others
wrote is kept, and so is every key that configure does not write. It also looks
at the files that podman and skopeo read. A second run changes nothing.

Further clients are taken back with all, with the host that they talk to, or by
their own flags (--kube, --pip, ...): then nothing else is. What had to give way
comes back.

Cached tokens stay until they expire; credential-iam purge deletes them.

The JSON form is that of configure.`,
		Example: `  credential-iam unconfigure
  credential-iam unconfigure europe-docker.pkg.dev https://git.example.com/team --dry-run`,
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := t.read(&r); err != nil {
				return err
			}
			r.Hosts = args
			report, err := a.configureWorld().Unconfigure(c.Context(), r)
			return a.reportChanges(report, asJSON, err)
		},
	}
	t.addNames(c.Flags())
	c.Flags().StringVar(&r.LinkDir, "link-dir", "", "folder of the links that were made, `DIR`")
	c.Flags().StringVar(&r.AuthFile, "auth-file", "", "also look at this `FILE` of podman's or skopeo's")
	c.Flags().BoolVar(&r.DryRun, "dry-run", false, "print the difference and change nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
