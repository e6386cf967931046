package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

// git answers git.
type git struct {
	env  helper.Env
	exec mint.Exec
}

// run answers one operation and returns the exit code. Git passes the operation
// as the last argument.
func (a git) run(ctx context.Context, args []string, in io.Reader, out, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(stderr, "usage: "+program+" get|store|erase|capability")
		return 2
	}
	switch args[len(args)-1] {
	case "get":
		return a.get(ctx, in, out, stderr)
	case "erase":
		return a.erase(ctx, in, stderr)
	case "capability":
		return write(out, stderr, capabilities)
	case "--version", "-v":
		fmt.Fprintln(out, program+" (credential-iam) "+helper.Version())
	case "--help", "-h":
		fmt.Fprintln(out, "usage: "+program+" get|store|erase|capability")
	}
	// "store" needs nothing: git passes back what get answered, or another
	// helper's credential, which is not for this one.
	return 0
}

// tokens reads the configuration.
func (a git) tokens() adapter.Tokens {
	return adapter.Tokens{Env: a.env, Config: config.Load(a.env), Exec: a.exec}
}

// get prints a credential for a host that is answered.
func (a git) get(ctx context.Context, in io.Reader, out, stderr io.Writer) int {
	r, err := readRequest(in)
	if err != nil || r.protocol == "" || r.host == "" {
		a.env.Log.Printf("get: no protocol or host, or refused: %v", err)
		return 0
	}
	tokens := a.tokens()
	t, err := tokens.Resolve(ctx, r.helperRequest())
	if errors.Is(err, helper.ErrNoTarget) {
		a.env.Log.Printf("get: %q is not configured", r.host)
		return 0
	}
	if err != nil {
		return fail(out, stderr, err)
	}
	if t.Issuer == helper.Google && t.AsBearer(false) && !r.offers("authtype") {
		return tooOld(stderr, t)
	}
	tok, err := tokens.Get(ctx, t)
	if err != nil {
		return fail(out, stderr, err)
	}
	c := t.Present(host.Git, tok)
	if c.Bearer && !r.offers("authtype") {
		return tooOld(stderr, t)
	}
	return write(out, stderr, answer(c))
}

// write hands over an answer. One that got lost is a failure.
func write(out, stderr io.Writer, answer string) int {
	if _, err := io.WriteString(out, answer); err != nil {
		fmt.Fprintln(stderr, program+": write the answer: "+err.Error())
		return 1
	}
	return 0
}

// tooOld says that there is no answer which the caller understands: git before
// 2.46 has no place for a Bearer token. Other helpers may still have one.
func tooOld(stderr io.Writer, t helper.Target) int {
	err := &helper.Error{
		Who: helper.User, Op: "answer git for", Object: t.Host, Code: "old-git",
		Reason: "it needs a Bearer token, which this git (or other program) cannot send; git 2.46 or later can",
		Hint:   "credential-iam doctor --host " + t.Host,
	}
	fmt.Fprintln(stderr, program+": "+err.Error())
	return 0
}

// erase deletes the token that git says was refused, if it is the cached one.
func (a git) erase(ctx context.Context, in io.Reader, stderr io.Writer) int {
	r, err := readRequest(in)
	if err != nil || r.protocol == "" || r.host == "" {
		return 0
	}
	tokens := a.tokens()
	t, err := tokens.Resolve(ctx, r.helperRequest())
	if err == nil {
		secret := r.password
		if secret == "" {
			secret = r.credential
		}
		err = tokens.Forget(ctx, t, keystore.NewSecret(secret))
	}
	if err != nil && !errors.Is(err, helper.ErrNoTarget) {
		fmt.Fprintln(stderr, program+": "+helper.OneLine(err.Error(), 2000))
	}
	return 0
}

func (r request) helperRequest() helper.Request {
	return helper.Request{Client: host.Git, Protocol: r.protocol, Host: r.host, Path: r.path}
}

// fail says why there is no credential, and stops git.
func fail(out, stderr io.Writer, err error) int {
	fmt.Fprintln(stderr, program+": "+helper.OneLine(err.Error(), 2000))
	_, _ = io.WriteString(out, quit)
	return 1
}
