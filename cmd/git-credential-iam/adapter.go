package main

import (
	"context"
	"errors"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	program = "git-credential-iam"
	usage   = "get|store|erase|capability"
)

// answer answers one operation. Git passes it as the last argument.
func answer(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) == 0 {
		return adapter.ErrUsage
	}
	switch c.Args[len(c.Args)-1] {
	case "get":
		err := get(ctx, c)
		if err != nil {
			c.Say(quit)
		}
		return err
	case "erase":
		if err := erase(ctx, c); err != nil {
			c.Note(err)
		}
	case "capability":
		c.Say(capabilities)
	}
	// "store" needs nothing: git passes back what get answered, or another
	// helper's credential, which is not for this one.
	return nil
}

// read reads git's request and finds its target. A message that names no host, or
// that git did not write of itself, has none.
func read(ctx context.Context, c *adapter.Call) (request, helper.Target, error) {
	r, err := readRequest(c.Stdin)
	if err != nil || r.protocol == "" || r.host == "" {
		c.Env.Log.Printf("no protocol or host, or refused: %v", err)
		return r, helper.Target{}, helper.ErrNoTarget
	}
	t, err := c.Tokens().Resolve(ctx, r.asked())
	return r, t, err
}

// asked returns what git asks for.
func (r request) asked() helper.Request {
	return helper.Request{Client: host.Git, Protocol: r.protocol, Host: r.host, Path: r.path}
}

// get says a credential for a host that is answered.
func get(ctx context.Context, c *adapter.Call) error {
	r, t, err := read(ctx, c)
	if errors.Is(err, helper.ErrNoTarget) {
		c.Env.Log.Printf("get: %q is not configured", r.host)
		return nil
	}
	if err != nil && c.Tokens().Config.Doubtful(r.asked()) {
		c.Note(err)
		return nil
	}
	if err != nil {
		return err
	}
	if t.Issuer == helper.Google && t.AsBearer(host.Git, false) && !r.offers("authtype") {
		return tooOld(c, t)
	}
	tok, err := c.Tokens().Get(ctx, host.Git, t)
	if err != nil {
		return err
	}
	cred := t.Present(host.Git, tok)
	if cred.Bearer && !r.offers("authtype") {
		return tooOld(c, t)
	}
	c.Say(format(cred, cred.Bearer || ephemeral(c.Args) && r.offers("authtype")))
	return nil
}

// tooOld says that there is no answer which the caller understands: git before
// 2.46 has no place for a Bearer token. Other helpers may still have one.
func tooOld(c *adapter.Call, t helper.Target) error {
	c.Note(&helper.Error{
		Who: helper.User, Op: "answer git for", Object: t.Host, Code: "old-git",
		Reason: "it needs a Bearer token, which this git (or other program) cannot send; git 2.46 or later can",
		Hint:   "credential-iam doctor --host " + t.Host,
	})
	return nil
}

// erase deletes the token that git says was refused, if it is the cached one, or
// where git does not say which one.
func erase(ctx context.Context, c *adapter.Call) error {
	r, t, err := read(ctx, c)
	if errors.Is(err, helper.ErrNoTarget) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.Tokens().Refuse(ctx, t, keystore.NewSecret(r.secret()))
}
