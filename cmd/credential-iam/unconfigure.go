package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/configure"
)

func (a *app) unconfigureCommand() *cobra.Command {
	var r configure.Request
	var t toolFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "unconfigure [HOST-OR-URL]... [--docker HOST] [--pip]...",
		Short: "undo what configure did",
		Long: `Unconfigure undoes what configure did, for the hosts that are named or for all.
A host includes every path below it. What configure replaced comes back: another
helper, an account that was written by hand. A file that nobody else has changed
since is byte for byte what it was, and one that was not there is removed; what
others have changed since is kept. A second run changes nothing, and a host for
which there is nothing to take back is named, with those for which there is.

In a file that the record knows, what it does not name is a person's own and is
kept; --force takes it back too, from docker's file.

The flags are those of configure, so that its command line with another verb
takes back what it did: a host is the same one by whatever flag it is named.

Configure records what it replaces in ~/.local/state/credential-iam (below
XDG_STATE_HOME where that is set, %LocalAppData% on Windows), without a secret.
For a file that the record does not know, such as one from another machine,
unconfigure removes the credHelpers entries of value "iam", the keys that
configure writes into the sections "iam" and "iam@HOST", and the entries of git
that run git-credential-iam, with the settings that belong to them. It also
looks at the files that podman and skopeo read.

Further clients are taken back with all, with the host that they talk to, or by
their own flags (--kube, --pip, ...): then nothing else is. What had to give way
comes back.

Cached tokens stay until they expire; credential-iam purge deletes them.

The JSON form is that of configure.`,
		Example: `  credential-iam unconfigure
  credential-iam unconfigure --dry-run \
      europe-docker.pkg.dev https://git.example.com/team`,
		Args: func(_ *cobra.Command, args []string) error {
			if slices.ContainsFunc(args, func(arg string) bool { return strings.TrimSpace(arg) == "" }) {
				return errors.New(`HOST-OR-URL "": it is empty; without any, all is undone`)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := t.read(&r); err != nil {
				return err
			}
			r.Hosts = append(r.Hosts, args...)
			report, err := a.configureWorld().Unconfigure(c.Context(), r)
			return a.reportChanges(report, asJSON, err)
		},
	}
	c.Flags().StringArrayVar(&r.Docker, "docker", nil, "registry `HOST` (repeatable)")
	c.Flags().StringArrayVar(&r.Git, "git", nil, "git `HOST-OR-URL` (repeatable)")
	c.Flags().StringArrayVar(&r.Hosts, "host", nil, "`HOST` that any other client asks for (repeatable)")
	c.Flags().StringArrayVar(&r.Npmrc, "npmrc", nil, "registry `URL` of npm (repeatable)")
	t.addNames(c.Flags())
	c.Flags().StringVar(&r.LinkDir, "link-dir", "", "`DIR` of the links that pip and pnpm run")
	c.Flags().StringVar(&r.AuthFile, "auth-file", "", "also look at this `FILE` of podman's or skopeo's")
	c.Flags().BoolVar(&r.Force, "force", false, "also take back from docker's file what no record says that configure wrote")
	c.Flags().BoolVar(&r.System, "system", false, "take back what configure --system wrote")
	c.Flags().BoolVar(&r.DryRun, "dry-run", false, "print the difference and change nothing")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
