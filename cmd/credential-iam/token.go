package main

import (
	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
)

// tokenAnswer is the stable form of a token.
type tokenAnswer struct {
	Token          string `json:"token"`
	Expires        string `json:"expires"`
	ServiceAccount string `json:"serviceAccount"`
}

// answerToken prints a token, alone or as JSON.
func (a *app) answerToken(tok helper.Token, t helper.Target, asJSON bool) error {
	if !asJSON {
		return a.answer(tok.Secret.Reveal())
	}
	return a.answerJSON(tokenAnswer{tok.Secret.Reveal(), stamp(tok.Expires), t.ServiceAccount})
}

const identityHelp = `
The account, highest precedence first: --service-account, the environment
(CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT, GOOGLE_IMPERSONATE_SERVICE_ACCOUNT),
the section "iam" of docker's configuration, gcloud's property
auth/impersonate_service_account, or the account that the source identity
impersonates by itself. With --host it is the account that the
configuration names for that host, and the other identity flags are not allowed.`

func (a *app) tokenCommand() *cobra.Command {
	var f *targetFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "token [flags]",
		Short: "print an access token",
		Long: `Token prints an OAuth 2 access token of a service account, and nothing else, on
standard output. It comes from the keystore if a token there is valid for ten
more minutes; otherwise a new one is made and cached.

A service account is needed; --service-account source asks for the source
identity's own token.

With --host it is the same token that docker or git gets for that host, from the
same cache, of the kind that the host is configured for.
` + identityHelp + `

The JSON form is {"token", "expires", "serviceAccount"}: expires is RFC 3339,
serviceAccount is empty for the source's own token.`,
		Example: `  credential-iam token --service-account deployer@proj.iam.gserviceaccount.com
  credential-iam token --lifetime 15m \
      --scopes https://www.googleapis.com/auth/devstorage.read_only
  credential-iam token --host europe-docker.pkg.dev --json
  curl -K <(printf 'header = "Authorization: Bearer %s"' \
      "$(credential-iam token)") \
      'https://storage.googleapis.com/storage/v1/b?project=proj'`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := a.target(c.Context(), f, helper.Access)
			if err != nil {
				return err
			}
			if f.values["lifetime"] != "" && t.ServiceAccount == "" {
				return usagef("--lifetime is for a service account's token: add --service-account EMAIL")
			}
			tok, err := a.token(c.Context(), f, t)
			if err != nil {
				return err
			}
			return a.answerToken(tok, t, asJSON)
		},
	}
	f = addTargetFlags(c)
	a.addCallFlags(c, f)
	f.add(c, "scopes", "SCOPES", "OAuth scopes, comma- or space-separated (default "+helper.DefaultScope+")")
	f.add(c, "lifetime", "DURATION", "lifetime of the token, 1s to 12h (default 1h)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
