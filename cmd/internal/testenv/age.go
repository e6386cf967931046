package testenv

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// Target is what docker gets a token of for a host, as the home is configured.
func (h *Home) Target(ctx context.Context, dockerHost string) (helper.Target, error) {
	env := h.Helper()
	env.HomeDir = h.Env["HOME"] // which a test may have taken away
	tokens := adapter.Tokens{Env: env, Config: config.Load(env)}
	return tokens.Resolve(ctx, helper.Request{Client: host.Docker, Protocol: "https", Host: dockerHost})
}

// Age makes the token that is cached for docker's host older, as if d had passed since
// it was minted, so that no test waits for that.
func (h *Home) Age(ctx context.Context, dockerHost string, d time.Duration) error {
	target, err := h.Target(ctx, dockerHost)
	if err != nil {
		return err
	}
	s, err := keystore.Open(ctx, target.Keystore, keystore.Options{Getenv: h.Getenv, Now: time.Now})
	if err != nil {
		return err
	}
	e, err := s.Get(ctx, target.Key())
	if err != nil {
		return err
	}
	e.Issued, e.Expires = e.Issued.Add(-d), e.Expires.Add(-d)
	return s.Put(ctx, target.Key(), e)
}
