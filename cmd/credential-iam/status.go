package main

import (
	"context"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/status"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [--json]",
		Short: "show each configured host, its account and what is cached",
		Long: `Status says who the source identity is, and shows every host of the
configuration: docker's credHelpers of value "iam", every section "iam@HOST" of
docker's configuration file, and what git's configuration names the helper for.
Each has the kind of token, the service account, and for how long a token is
cached; the issuer, the source and the keystore where they are others than for
the rest, and which further clients ask for it. What is wrong is below, each
mistake once.

Status makes no call and prints no secret. A section with a * matches many
hosts, so their tokens are not shown. The exit status is 1 when a host gets no
credential or the configuration has a mistake. To see whether it all works, run
doctor.

The JSON form is {"sources": [{"source", "type", "principal", "error"}],
"keystore": {"name", "why"}, "hosts": [{"host", "serviceAccount", "token",
"issuer", "source", "keystore", "expires", "tooBig", "full", "clients",
"notCached", "error"}], "clients", "errors"}. Expires is RFC 3339 and absent
when nothing is cached; "tooBig" is true when the last token was too big for
the keystore, "full" when there was no room for it; notCached is why no token
of the source is ever cached; clients are those beyond docker and git; error is
absent when there is none; errors are mistakes of no host that is shown.`,
		Example: `  credential-iam status
  credential-iam status --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.status(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) status(ctx context.Context, asJSON bool) error {
	w := a.statusWorld()
	w.Tools = a.toolUses
	report, err := status.Look(ctx, w)
	if err != nil {
		return err
	}
	for _, line := range report.Notes {
		a.note("%s", line)
	}
	if asJSON {
		err = a.answerJSON(report)
	} else {
		err = report.Print(a.out(), a.Env.Now())
	}
	if err == nil && report.Failed() {
		return errSilent
	}
	return err
}

// statusWorld is what status looks at, without further clients.
func (a *app) statusWorld() status.World {
	return status.World{Core: a.Core, Git: a.gitEntries, LookPath: exec.LookPath}
}

// toolUses returns what clients beyond docker and git are configured for.
func (a *app) toolUses(ctx context.Context) []toolconfig.Use {
	uses, _ := a.tools().Uses(ctx) // doctor says what could not be read
	return uses
}

// gitEntries returns what git's configuration says, nothing where there is no git.
func (a *app) gitEntries(ctx context.Context) ([]gitconfig.Entry, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return nil, nil
	}
	return gitconfig.Git{Program: path, Environ: a.Environ}.List(ctx, "")
}
