package client

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// GoAuth speaks the go command's protocol ("go help goauth"). The go command runs it
// before its first fetch without a URL, and after a refusal with the URL and the head
// of the response on standard input. It fetches Go modules as git does, so it is git
// where hosts are concerned.
func GoAuth(ctx context.Context, c *adapter.Call) error {
	switch len(c.Args) {
	case 0:
		goKnown(ctx, c)
		return nil
	case 1:
		return goURL(ctx, c, c.Args[0])
	}
	return adapter.ErrUsage
}

// goKnown announces what is cached for the hosts of the configuration. It makes no
// call: the fetch that follows may need no credential, and must neither wait for a
// mint nor fail with one. What goes wrong here goes wrong again, and is reported,
// when the go command comes back with a URL.
func goKnown(ctx context.Context, c *adapter.Call) {
	cfg := c.Tokens().Config
	for _, name := range cfg.ExactHosts() {
		r := helper.Request{Client: host.Go, Protocol: "https", Host: name}
		if at, ok := config.At(r); !ok || cfg.PathMatters(at) {
			continue
		}
		t, err := c.Tokens().Resolve(ctx, r)
		if err != nil {
			c.Env.Log.Printf("%s: %v", name, err)
			continue
		}
		if tok, ok := c.Tokens().Cached(ctx, t); ok {
			sayGo(c, "https://"+name, t.Present(host.Git, tok))
		}
	}
}

// goURL answers the question about a URL that refused it.
func goURL(ctx context.Context, c *adapter.Call, url string) error {
	u, err := host.Form{Query: true, Escapes: true}.Read(url)
	if err != nil || !strings.HasPrefix(url, "https://") {
		c.Env.Log.Printf("goauth: not a URL with a configured host: %v", err)
		return nil
	}
	// The path counts where the configuration distinguishes paths. The answer is
	// then for this URL alone; else it is for the host.
	prefix, r := "https://"+u.Host.String(), helper.For(host.Go, u)
	if at, _ := config.At(r); c.Tokens().Config.PathMatters(at) {
		prefix = url
	} else {
		r.Path = ""
	}
	t, err := resolve(ctx, c, r)
	if errors.Is(err, helper.ErrNoTarget) {
		return nil
	}
	if err != nil {
		return err
	}
	if goRefused(c) {
		if tok, ok := c.Tokens().Cached(ctx, t); ok {
			if err := c.Tokens().Refuse(ctx, t, tok.Secret); err != nil {
				c.Env.Log.Printf("%s: forget: %v", t.Host, err)
			}
		}
	}
	tok, err := c.Tokens().Get(ctx, host.Git, t)
	if err != nil {
		return err
	}
	sayGo(c, prefix, t.Present(host.Git, tok))
	return nil
}

// sayGo says one credential set of the protocol.
func sayGo(c *adapter.Call, prefix string, cred helper.Credential) {
	c.Say(prefix + "\n\nAuthorization: " + cred.Header() + "\n\n")
}

// goRefused reports whether the response on standard input says that the token which
// was sent is dead (RFC 6750, section 3.1), rather than that there was none.
func goRefused(c *adapter.Call) bool {
	if f, ok := c.Stdin.(*os.File); ok {
		if st, err := f.Stat(); err != nil || st.Mode()&os.ModeCharDevice != 0 {
			return false // a person who tries it
		}
	}
	b, ok := c.Read(maxMessage)
	return ok && refusedHead(b)
}

// refusedHead reads the head of a response: a status line and headers.
func refusedHead(b []byte) bool {
	status, rest, _ := bytes.Cut(b, []byte("\n"))
	f := strings.Fields(string(status))
	if len(f) < 2 || !strings.HasPrefix(f[0], "HTTP/") || f[1] != "401" {
		return false
	}
	for line := range bytes.Lines(rest) {
		name, value, ok := strings.Cut(strings.TrimSpace(string(line)), ":")
		if !ok {
			return false // the end of the head
		}
		if strings.EqualFold(name, "WWW-Authenticate") && strings.Contains(value, `error="invalid_token"`) {
			return true
		}
	}
	return false
}
