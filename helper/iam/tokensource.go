package iam

import (
	"context"
	"errors"
	"time"

	"golang.org/x/oauth2"

	"github.com/credential-iam/credential-iam/helper"
)

// TokenSource is the identity of the access tokens that ts gives. They are not
// cached: oauth2.ReuseTokenSource does that. Its errors are the cause of the
// client's. Whose they are is not known, so a chain that leads back to that account
// is not shortened.
func TokenSource(ts oauth2.TokenSource) Source {
	return sourceFunc(func(context.Context, *Client) (helper.Source, *credential, error) {
		s := helper.Source{Kind: "the caller's oauth2.TokenSource"}
		if ts == nil {
			return s, nil, badParameter("source", errors.New("the oauth2.TokenSource is nil"))
		}
		return s, &credential{kind: brought{ts}}, nil
	})
}

// brought is a kind of source identity: the caller's own.
type brought struct{ ts oauth2.TokenSource }

// about implements kind.
func (brought) about() about {
	return about{name: "token source", member: "MEMBER", kept: true, rescoper: helper.User}
}

// token asks ts, which knows no context: one that hangs is left behind.
func (b brought) token(ctx context.Context, c *Client, _ []string, how freshness) (bearer, error) {
	type answer struct {
		tok *oauth2.Token
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		tok, err := b.ts.Token()
		answers <- answer{tok, err}
	}()
	var a answer
	select {
	case a = <-answers:
	case <-ctx.Done():
		return bearer{}, ctx.Err()
	}
	switch {
	case a.err != nil:
		return bearer{}, broughtError(a.err)
	case a.tok == nil || a.tok.Type() != "Bearer":
		return bearer{}, &failure{fatal: true, message: "it gives a token that is not a Bearer token"}
	case a.tok.Expiry.IsZero() && how == newToken:
		return bearer{}, &failure{fatal: true, message: "it gives a token that does not say when it expires"}
	}
	exchangeOf(ctx).hide(a.tok.AccessToken)
	got := c.bearerOf(a.tok)
	if got.expires.IsZero() {
		// It is for this call, and not kept.
		got.expires = c.env.Now().Add(time.Minute)
	}
	return got, nil
}

// broughtError is the failure of an error that ts returns: what a token endpoint
// said, or else words alone.
func broughtError(err error) *failure {
	f := &failure{fatal: true, message: clean(err.Error(), nil), cause: err}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		f = &failure{status: refused.Response.StatusCode, host: "its token endpoint", cause: err}
		if refused.Response.Request != nil {
			f.host = refused.Response.Request.URL.Host
		}
		f.parse(refused.Body)
		f.message = clean(f.message, nil)
	}
	if helper.LooksSecret(f.message) {
		f.message = "its error looks like a secret, and is not shown"
	}
	return f
}

// refused implements kind.
func (brought) refused(f *failure, who, said string, e *helper.Error) { refusedLogin(f, who, said, e) }
