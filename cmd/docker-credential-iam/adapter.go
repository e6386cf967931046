package main

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
)

const (
	program = "docker-credential-iam"
	usage   = "get|store|erase|list|version"
)

// docker is a credentials.Helper. The library's interface has no context, so
// the adapter, which lives for one command, holds it.
type docker struct {
	*adapter.Call
	ctx context.Context
	// raw is what the client wrote, for a fallback that wants it unchanged.
	raw []byte
}

// answer answers one command. Docker's clients know no other exit status than 0
// and 1, quote what is on standard output, and compare some of it with sentences
// of the protocol.
func answer(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) != 1 {
		err := adapter.Misused(program, c.Args, usage)
		c.Say(adapter.Line(program, err) + "\n")
		return err
	}
	var out bytes.Buffer
	err := (&docker{Call: c, ctx: ctx}).serve(c.Args[0], &out)
	switch {
	case err == nil:
		c.Say(out.String())
	case credentials.IsErrCredentialsNotFound(err), credentials.IsCredentialsMissingServerURL(err), credentials.IsCredentialsMissingUsername(err):
		c.Say(err.Error() + "\n")
		return adapter.ErrSaid
	default:
		c.Say(adapter.Line(program, err) + "\n")
	}
	return err
}

// serve reads standard input by its own rules and has the library answer.
func (a *docker) serve(action string, out *bytes.Buffer) error {
	switch action {
	case credentials.ActionGet:
		url, ok := a.Line()
		if !ok {
			return credentials.NewErrCredentialsNotFound()
		}
		return credentials.Get(a, strings.NewReader(url), out)
	case credentials.ActionErase:
		url, ok := a.Line()
		if !ok {
			return nil
		}
		return credentials.Erase(a, strings.NewReader(url))
	case credentials.ActionStore:
		return a.store()
	case credentials.ActionList:
		return credentials.List(a, out)
	case credentials.ActionVersion, "--version", "-v":
		// Only now: it is read out of the program file's build information.
		credentials.Name, credentials.Package, credentials.Version = program, "credential-iam", helper.Version()
		return credentials.PrintVersion(out)
	case "--help", "-h":
		out.WriteString("usage: " + program + " " + usage + "\n")
		return nil
	}
	return adapter.Misused(program, []string{action}, usage)
}

// request reads the forms of a server URL that clients send:
//
//	H  H:443  https://H  https://H/  https://H/v1/  https://H/v2/  H/project/image
func request(serverURL string) (helper.Request, bool) {
	u, err := host.Form{Schemes: []string{"https", "http"}, Bare: true, API: true}.Read(serverURL)
	return helper.For(host.Docker, u), err == nil
}

// resolve returns the target of a server URL.
func (a *docker) resolve(serverURL string) (helper.Target, error) {
	r, ok := request(serverURL)
	if !ok {
		return helper.Target{}, helper.ErrNoTarget
	}
	return a.Tokens().Resolve(a.ctx, r)
}

// Get answers a server URL with a user name and a token.
func (a *docker) Get(serverURL string) (username, secret string, err error) {
	t, err := a.resolve(serverURL)
	if errors.Is(err, helper.ErrNoTarget) {
		return a.foreign(serverURL)
	}
	if err != nil {
		return "", "", err
	}
	tok, err := a.Tokens().Get(a.ctx, host.Docker, t)
	if err != nil {
		return "", "", err
	}
	c := t.Present(host.Docker, tok)
	return c.Username, c.Secret.Reveal(), nil
}

// Delete removes the cached token, and never fails: clients treat a failed erase
// as an error of their own, and some crash on it.
func (a *docker) Delete(serverURL string) error {
	t, err := a.resolve(serverURL)
	if errors.Is(err, helper.ErrNoTarget) {
		var f *fallback
		if f, err = a.fallback(); err == nil && f != nil {
			err = f.erase(serverURL)
		}
	} else if err == nil {
		err = a.Tokens().Forget(a.ctx, t)
	}
	if err != nil {
		a.Note(err)
	}
	return nil
}
