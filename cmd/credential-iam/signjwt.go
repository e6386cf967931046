package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
)

func (a *app) signJWTCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "sign-jwt [flags] < CLAIMS",
		Short: "sign the JWT claims on standard input",
		Long: `Sign-jwt signs a JSON object of claims on standard input as a service account,
with a key that Google holds, and prints the JWT and nothing else. The claim
exp, if there is one, must be an integer in the future, at most 12 hours ahead;
no claim is added. The claims may have up to 1 MiB.
` + identityHelp + `

The JSON form is {"token", "keyId", "serviceAccount"}.`,
		Example: `  account=deployer@proj.iam.gserviceaccount.com
  printf '{"iss":"%s","sub":"%s","aud":"https://api.example.com","exp":%d}' \
      "$account" "$account" $(($(date +%s) + 600)) |
      credential-iam sign-jwt --service-account "$account"`,
	}
	return a.signCommand(c, "the claims", a.signJWT)
}

func (a *app) signJWT(ctx context.Context, client *iam.Client, t helper.Target, payload []byte, asJSON bool) error {
	s, err := client.SignJWT(ctx, t, payload)
	if err != nil {
		return err
	}
	if !asJSON {
		return a.answer(s.JWT.Reveal())
	}
	return a.answerJSON(struct {
		Token          string `json:"token"`
		KeyID          string `json:"keyId"`
		ServiceAccount string `json:"serviceAccount"`
	}{s.JWT.Reveal(), s.KeyID, s.Account})
}
