package main

import (
	"context"
	"errors"

	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

const (
	program = "docker-credential-iam"
	usage   = "get|store|erase|list|version"
)

// docker answers one command, and holds what is for all of it.
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
	err := (&docker{Call: c, ctx: ctx}).serve(c.Args[0])
	switch {
	case err == nil:
	case credentials.IsErrCredentialsNotFound(err), credentials.IsCredentialsMissingServerURL(err), credentials.IsCredentialsMissingUsername(err):
		c.Say(err.Error() + "\n")
		return adapter.ErrSaid
	default:
		c.Say(adapter.Line(program, err) + "\n")
	}
	return err
}

// serve answers in the forms of the library (TestForms), without its reader, which
// takes more than a line, and its encoder, which finds out at every start of what a
// credential is made: a tenth of a megabyte, and a fortieth of the time of a hit.
func (a *docker) serve(action string) error {
	switch action {
	case credentials.ActionGet:
		return a.get()
	case credentials.ActionErase:
		if url, ok := a.Line(); ok {
			a.erase(url)
		}
		return nil
	case credentials.ActionStore:
		return a.store()
	case credentials.ActionList:
		return a.list()
	case credentials.ActionVersion, "--version", "-v":
		// Only now: it is read out of the program file's build information.
		a.Say(program + " (credential-iam) " + helper.Version() + "\n")
		return nil
	case "--help", "-h":
		a.Say("usage: " + program + " " + usage + "\n")
		return nil
	}
	return adapter.Misused(program, []string{action}, usage)
}

// get answers the server URL on standard input.
func (a *docker) get() error {
	url, ok := a.Line()
	if !ok {
		return credentials.NewErrCredentialsNotFound()
	}
	username, secret, err := a.find(url)
	if err == nil {
		a.SayJSON(credentialFields(url, username, secret)...)
	}
	return err
}

// credentialFields are the members of docker's credential, all of which are written.
func credentialFields(serverURL, username, secret string) []wire.Field {
	return []wire.Field{wire.F("ServerURL", serverURL), wire.F("Username", username), wire.F("Secret", secret)}
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

// find returns the user name and the token for a server URL.
func (a *docker) find(serverURL string) (username, secret string, err error) {
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

// erase removes the cached token, and never fails: clients treat a failed erase
// as an error of their own, and some crash on it.
func (a *docker) erase(serverURL string) {
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
}
