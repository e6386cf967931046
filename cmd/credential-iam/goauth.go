package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
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
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.goauthKnown(c.Context())
			}
			return a.goauthURL(c.Context(), args[0])
		},
	}
}

// goauthKnown announces what is cached for the hosts of the configuration. It
// makes no call: the fetch that follows may need no credential, and must neither
// wait for a mint nor fail with one. What goes wrong here goes wrong again, and
// is reported, when the go command comes back with a URL.
func (a *app) goauthKnown(ctx context.Context) error {
	cfg := config.Load(a.Env)
	stores := a.Stores()
	for _, name := range cfg.ExactHosts() {
		r := helper.Request{Client: host.Git, Protocol: "https", Host: name}
		if at, ok := config.At(r); !ok || cfg.PathMatters(at) {
			continue
		}
		t, err := cfg.Resolve(ctx, r, a.Identities(false))
		if err != nil {
			a.Env.Log.Printf("%s: %v", name, err)
			continue
		}
		e, err := stores.Get(ctx, t)
		if err != nil {
			a.Env.Log.Printf("%s: %v", name, err)
			continue
		}
		tok := helper.Token{Secret: e.Secret, Username: e.Username, Bearer: e.Bearer}
		if err := a.answerGo("https://"+name, t, tok); err != nil {
			return err
		}
	}
	return nil
}

// goauthURL answers the go command's question about a URL that refused it.
func (a *app) goauthURL(ctx context.Context, url string) error {
	r, err := parseGoURL(url)
	if err != nil {
		a.Env.Log.Printf("goauth: not a URL with a configured host: %v", err)
		return nil
	}
	cfg := config.Load(a.Env)
	// The path counts where the configuration distinguishes paths. The answer is
	// then for this URL alone; else it is for the host.
	prefix := "https://" + r.Host
	if at, _ := config.At(r); cfg.PathMatters(at) {
		prefix = url
	} else {
		r.Path = ""
	}
	t, err := cfg.Resolve(ctx, r, a.Identities(false))
	if errors.Is(err, helper.ErrNoTarget) {
		a.Env.Log.Printf("goauth: %q is not configured", r.Host)
		return nil
	}
	if err != nil && cfg.Doubtful(r) {
		a.note("%v", err)
		return nil
	}
	if err != nil {
		return err
	}
	c := a.Cache(ctx, t)
	if a.refused() {
		a.forgetRefused(ctx, c, t)
	}
	tok, err := c.Get(ctx, t)
	if err != nil {
		return err
	}
	return a.answerGo(prefix, t, tok)
}

// parseGoURL reads the URL of a fetch. The go command asks for https alone, and
// what follows the path does not matter.
func parseGoURL(url string) (helper.Request, error) {
	if !strings.HasPrefix(url, "https://") {
		return helper.Request{}, host.ErrScheme
	}
	u, err := host.Form{Query: true, Escapes: true}.Read(url)
	return helper.For(host.Git, u), err
}

// answerGo prints one credential set of the protocol.
func (a *app) answerGo(prefix string, t helper.Target, tok helper.Token) error {
	_, err := io.WriteString(a.stdout, prefix+"\n\nAuthorization: "+t.Present(host.Git, tok).Header()+"\n\n")
	return err
}

// refused reports whether the response on standard input says that the token
// which was sent is dead (RFC 6750, section 3.1), rather than that there was
// none. The go command writes the response's head.
func (a *app) refused() bool {
	if a.onTerminal() {
		return false
	}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(a.stdin, 1<<20)), nil)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusUnauthorized && slices.ContainsFunc(res.Header.Values("Www-Authenticate"), func(v string) bool {
		return strings.Contains(v, `error="invalid_token"`)
	})
}

// restAfterMint is how long a token is not given up: a server that refuses every
// token must not cause a mint for each fetch.
const restAfterMint = time.Minute

// forgetRefused removes the cached token, unless it is a new one.
func (a *app) forgetRefused(ctx context.Context, c *helper.Cache, t helper.Target) {
	e, err := c.Store.Get(ctx, t.Key())
	if err != nil || a.Env.Now().Sub(e.Issued) < restAfterMint {
		return
	}
	if err := c.Forget(ctx, t, keystore.Secret{}); err != nil {
		a.Env.Log.Printf("%s: forget: %v", t.Host, err)
	}
}
