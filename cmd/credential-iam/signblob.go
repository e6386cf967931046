package main

import (
	"context"
	"encoding/base64"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
)

func (a *app) signBlobCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "sign-blob [flags] < BYTES",
		Short: "sign the bytes on standard input",
		Long: `Sign-blob signs up to 1 MiB of standard input as a service account, with a key
that Google holds, and prints the signature in base64 and nothing else. It is
RSA, PKCS #1 v1.5, over SHA-256; the public key is the one with the same key id
at https://www.googleapis.com/service_accounts/v1/metadata/x509/EMAIL.
` + identityHelp + `

The JSON form is {"signature", "keyId", "serviceAccount"}.`,
		Example: `  credential-iam sign-blob < release.tar.gz.sha256 > release.sig
  printf %s "$STRING_TO_SIGN" | credential-iam sign-blob --json \
      --service-account deployer@proj.iam.gserviceaccount.com`,
	}
	return a.signCommand(c, "the bytes", a.signBlob)
}

func (a *app) signBlob(ctx context.Context, client *iam.Client, t helper.Target, payload []byte, asJSON bool) error {
	s, err := client.SignBlob(ctx, t, payload)
	if err != nil {
		return err
	}
	signature := base64.StdEncoding.EncodeToString(s.Bytes)
	if !asJSON {
		return a.answer(signature)
	}
	return a.answerJSON(struct {
		Signature      string `json:"signature"`
		KeyID          string `json:"keyId"`
		ServiceAccount string `json:"serviceAccount"`
	}{signature, s.KeyID, s.Account})
}
