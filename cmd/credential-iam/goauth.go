package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/cmd/internal/client"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
)

func (a *app) goauthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "goauth [URL]",
		Short: "answer the go command (GOAUTH), for private Go modules",
		Long: `Goauth speaks the GOAUTH protocol of the go command ("go help goauth"), so that
private Go modules in Artifact Registry, or behind any host that
git-credential-iam answers, can be fetched with the token of a service account.

The go command runs it before its first fetch, without a URL: it then prints the
cached tokens of the configured hosts, and makes no call. When a server refuses
a request the go command runs it again with the URL, and it prints a token for
that host. For a host that is not configured and not a built-in Google host it
prints nothing.

Set GOAUTH once; list netrc after it if you use that. The go command hides why
an authenticator failed unless it runs with -x.`,
		Example: `  go env -w GOAUTH='credential-iam goauth;netrc'
  go env -w GOPROXY=https://europe-go.pkg.dev/proj/modules,direct
  go env -w GONOSUMDB=example.com/private
  go get example.com/private/module`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("%q: want one URL, or none", helper.OneLine(strings.Join(args, " "), 120))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			in := a.stdin
			if !a.onTerminal() { // which is not read
				in = a.input(c.Context())
			}
			call := adapter.New("credential-iam", adapter.Process{
				Args: args, Getenv: a.Env.Getenv, Stdin: in, Stdout: a.stdout, Stderr: a.stderr,
			})
			call.Env = a.Env
			call.Use(a.Tokens())
			if err := client.GoAuth(c.Context(), call); err != nil {
				return err
			}
			return call.Flush()
		},
	}
}
