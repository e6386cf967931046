package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

func (a *app) idTokenCommand() *cobra.Command {
	var f *targetFlags
	var asJSON, email, organization bool
	c := &cobra.Command{
		Use:   "id-token --audience AUDIENCE [flags]",
		Short: "print an OpenID Connect ID token",
		Long: `Id-token prints an ID token of a service account, signed by Google, and nothing
else, on standard output. Cloud Run, Identity-Aware Proxy and systems that
federate with Google accept it as proof of the caller's identity; the audience
is the one service that it is for.

With --host the audience is that of the host's configuration, unless --audience
names another; a host that is configured for access tokens has none.
` + identityHelp + `

The JSON form is {"token", "expires", "serviceAccount"}.`,
		Example: `  credential-iam id-token --audience https://service-1234.a.run.app
  credential-iam id-token --audience sts.amazonaws.com --include-email=false
  credential-iam id-token --host git.example.com --json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			changed := c.Flags().Changed("include-email")
			t, err := a.idTarget(c, f, email, changed)
			if err != nil {
				return err
			}
			t.OrganizationNumber = organization
			tok, err := a.token(c.Context(), f, t)
			if err != nil {
				return err
			}
			return a.answerToken(tok, t, asJSON)
		},
	}
	f = addTargetFlags(c)
	a.addCallFlags(c, f)
	f.add(c, "audience", "AUDIENCE", "audience of the token, required without --host")
	c.Flags().BoolVar(&email, "include-email", true, "include the account's e-mail in the token")
	c.Flags().BoolVar(&organization, "organization-number", false, "include the number of the account's organization in the token")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// idTarget returns the target of an ID token. The e-mail is in it where the flag
// or else the host's configuration says so.
func (a *app) idTarget(c *cobra.Command, f *targetFlags, email, changed bool) (helper.Target, error) {
	audience := f.values["audience"]
	if audience == "" && f.host.text == "" {
		return helper.Target{}, usagef("--audience is missing: it names the service that the token is for")
	}
	if f.host.text == "" {
		f.values["includeEmail"] = strconv.FormatBool(email)
	}
	t, err := a.target(c.Context(), f, helper.ID)
	if err != nil || f.host.text == "" {
		return t, err
	}
	if t.Token != helper.ID || changed {
		t.IncludeEmail = email
	}
	if audience != "" {
		t.Audience = audience
	}
	if t.Audience == "" {
		return t, usagef("--audience is missing: %q is configured for access tokens, which have none", f.host.text)
	}
	t = asAccount(t, helper.ID)
	t.Scopes = nil
	return t, nil
}
