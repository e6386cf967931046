package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/status"
)

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "status [--json]",
		Short: "show each configured host, its account and what is cached",
		Long: `Status shows every host of the configuration (docker's credHelpers of value
"iam", and every section "iam@HOST" of docker's configuration file): the service
account, the kind of token, its issuer, the source identity, the keystore, and
for how long a token is cached. The line of a host whose configuration is wrong
shows the mistake.

Status makes no call and prints no secret. A section with a * matches many
hosts, so their tokens are not shown. To see whether it all works, run doctor.

The JSON form is {"keystore": {"name", "why"}, "hosts": [{"host",
"serviceAccount", "token", "issuer", "source", "keystore", "expires", "tooBig",
"full", "notCached", "error"}]}. Expires is RFC 3339 and absent when nothing is
cached; "tooBig" is true when the last token was too big for the keystore,
"full" when there was no room for it; notCached is why no token of the source
is ever cached; error is absent when there is none.`,
		Example: `  credential-iam status
  credential-iam status --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.status(c.Context(), asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func (a *app) status(ctx context.Context, asJSON bool) error {
	report, err := status.Look(ctx, a.Core)
	if err != nil {
		return err
	}
	for _, line := range report.Notes {
		a.note("%s", line)
	}
	if asJSON {
		return a.answerJSON(report)
	}
	return report.Print(a.stdout, a.Env.Now())
}
