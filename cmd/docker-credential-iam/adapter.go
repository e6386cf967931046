package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxStore bounds what "store" reads: one credential.
const maxStore = 1 << 20

// docker is a credentials.Helper. The library's interface has no context, so
// the adapter, which lives for one command, holds it.
type docker struct {
	ctx    context.Context
	env    helper.Env
	exec   mint.Exec
	stderr io.Writer

	tokens *adapter.Tokens
	// raw is what the client wrote, for a fallback that wants it unchanged.
	raw []byte
}

// serve reads standard input by its own rules and has the library answer. What is
// to be stored is read without the library, whose JSON decoder is a tenth of a
// megabyte and takes no line above 64 KB.
func (a *docker) serve(action string, in io.Reader, out io.Writer) error {
	switch action {
	case credentials.ActionGet:
		url, ok := readLine(in)
		if !ok {
			return credentials.NewErrCredentialsNotFound()
		}
		return credentials.Get(a, strings.NewReader(url), out)
	case credentials.ActionErase:
		url, ok := readLine(in)
		if !ok {
			return nil
		}
		return credentials.Erase(a, strings.NewReader(url))
	case credentials.ActionStore:
		raw, err := io.ReadAll(io.LimitReader(in, maxStore))
		if err != nil {
			return err
		}
		a.raw = raw
		return a.store()
	case credentials.ActionList:
		return credentials.List(a, out)
	case credentials.ActionVersion, "--version", "-v":
		// Only now: it is read out of the program file's build information.
		credentials.Name, credentials.Package, credentials.Version = program, "credential-iam", helper.Version()
		return credentials.PrintVersion(out)
	case "--help", "-h":
		_, err := fmt.Fprintln(out, "usage: "+program+" get|store|erase|list|version")
		return err
	}
	return fmt.Errorf("unknown action: %s", helper.OneLine(action, 60))
}

// store reads the credential that a client wants kept.
func (a *docker) store() error {
	c, err := parseCredentials(a.raw)
	switch {
	case err != nil:
		return &helper.Error{
			Who: helper.User, Op: "store a credential", Reason: "standard input is not docker's JSON",
			Hint: "echo '{\"ServerURL\":\"HOST\",\"Username\":\"NAME\",\"Secret\":\"SECRET\"}' | " + program + " store",
		}
	case c.ServerURL == "":
		return credentials.NewErrCredentialsMissingServerURL()
	case c.Username == "":
		return credentials.NewErrCredentialsMissingUsername()
	}
	return a.Add(c)
}

// parseCredentials reads docker's JSON.
func parseCredentials(raw []byte) (*credentials.Credentials, error) {
	c := new(credentials.Credentials)
	err := wire.Read(raw,
		wire.F("ServerURL", &c.ServerURL),
		wire.F("Username", &c.Username),
		wire.F("Secret", &c.Secret),
	)
	return c, err
}

// Get answers a server URL with a user name and a token.
func (a *docker) Get(serverURL string) (username, secret string, err error) {
	s := a.open()
	t, err := a.resolve(serverURL)
	if errors.Is(err, helper.ErrNoTarget) {
		return a.foreign(serverURL)
	}
	if err != nil {
		return "", "", err
	}
	tok, err := s.Get(a.ctx, t)
	if err != nil {
		return "", "", err
	}
	c := t.Present(host.Docker, tok)
	return c.Username, c.Secret.Reveal(), nil
}

// Add stores nothing for hosts that are answered here: "docker login" stores what
// it got from get, and the login fails if that fails. Another host's credential
// goes to the fallback.
func (a *docker) Add(c *credentials.Credentials) error {
	r, ok := request(c.ServerURL)
	if ok {
		if _, err := a.open().Config.Describe(r); !errors.Is(err, helper.ErrNoTarget) {
			return nil
		}
	}
	f, err := a.fallback()
	if err != nil {
		return err
	}
	if f == nil {
		return &helper.Error{
			Who: helper.User, Op: "store a credential for", Object: c.ServerURL,
			Reason: "this helper stores no credentials of other registries; name one that does in plugins.iam.fallback of " + a.open().Config.Path + ", for example \"fallback\": \"secretservice\"",
		}
	}
	return f.store(a.raw)
}

// Delete removes the cached token, and never fails: clients treat a failed erase
// as an error of their own, and some crash on it.
func (a *docker) Delete(serverURL string) error {
	s := a.open()
	t, err := a.resolve(serverURL)
	if errors.Is(err, helper.ErrNoTarget) {
		if f, err := a.fallback(); err == nil && f != nil {
			if err := f.erase(serverURL); err != nil {
				a.note(err)
			}
		} else if err != nil {
			a.note(err)
		}
		return nil
	}
	if err == nil {
		err = s.Forget(a.ctx, t, keystore.Secret{})
	}
	if err != nil {
		a.note(err)
	}
	return nil
}

// List returns the configured hosts and their user names, from the configuration
// alone.
func (a *docker) List() (map[string]string, error) {
	c := a.open().Config
	if err := c.Broken(); err != nil {
		return nil, err
	}
	hosts := c.ServedByDocker()
	all := map[string]string{}
	if c.CredsStore == config.Name {
		f, err := a.fallback()
		if err != nil {
			return nil, err
		}
		if f != nil {
			if all, err = f.list(); err != nil {
				a.note(err)
				all = map[string]string{}
			}
		}
		hosts = append(hosts, c.ExactHosts()...)
	}
	for _, name := range hosts {
		r, _ := request(name)
		t, _ := c.Describe(r) // a target that cannot be resolved gets the usual name
		all[name] = t.User(host.Docker, "")
	}
	return all, nil
}

// open reads the configuration, once.
func (a *docker) open() *adapter.Tokens {
	if a.tokens == nil {
		a.tokens = &adapter.Tokens{Env: a.env, Config: config.Load(a.env), Exec: a.exec}
	}
	return a.tokens
}

// resolve returns the target of a server URL.
func (a *docker) resolve(serverURL string) (helper.Target, error) {
	r, ok := request(serverURL)
	if !ok {
		return helper.Target{}, helper.ErrNoTarget
	}
	return a.open().Resolve(a.ctx, r)
}

// foreign answers a host that is not configured.
func (a *docker) foreign(serverURL string) (username, secret string, err error) {
	f, err := a.fallback()
	if err != nil {
		return "", "", err
	}
	if f == nil {
		return "", "", credentials.NewErrCredentialsNotFound()
	}
	a.env.Log.Printf("%s: not configured, running %s", serverURL, f.program)
	return f.get(serverURL)
}

// note says on standard error what must not fail a command.
func (a *docker) note(err error) {
	fmt.Fprintln(a.stderr, line(err))
}
