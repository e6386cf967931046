package main

import (
	"errors"

	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxStore bounds what "store" reads: one credential.
const maxStore = 1 << 20

// store reads the credential that a client wants kept, without the library, whose
// JSON decoder is a tenth of a megabyte and takes no line above 64 KB.
func (a *docker) store() error {
	var ok bool
	if a.raw, ok = a.Read(maxStore); !ok {
		return errors.New("store a credential: standard input cannot be read, or holds more than a credential")
	}
	c, err := parseCredentials(a.raw)
	switch {
	case err != nil:
		return &helper.Error{
			Who: helper.User, Op: "store a credential", Reason: "standard input is not docker's JSON", Code: "usage",
			Hint: "echo '{\"ServerURL\":\"HOST\",\"Username\":\"NAME\",\"Secret\":\"SECRET\"}' | " + program + " store",
		}
	case c.ServerURL == "":
		return credentials.NewErrCredentialsMissingServerURL()
	case c.Username == "":
		return credentials.NewErrCredentialsMissingUsername()
	}
	return a.add(c)
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

// add stores nothing for hosts that are answered here: "docker login" stores what
// it got from get, and the login fails if that fails. Another host's credential
// goes to the fallback.
func (a *docker) add(c *credentials.Credentials) error {
	if r, ok := request(c.ServerURL); ok {
		if t, err := a.Tokens().Resolve(a.ctx, r); !errors.Is(err, helper.ErrNoTarget) {
			a.notKept(c, t, err)
			return nil
		}
	}
	f, err := a.fallback()
	if err != nil {
		return err
	}
	if f == nil {
		return &helper.Error{
			Who: helper.User, Op: "store a credential for", Object: c.ServerURL, Code: "no-fallback",
			Reason: "this helper stores no credentials of other registries; name one that does in plugins.iam.fallback of " + a.Tokens().Config.Path + ", for example \"fallback\": \"secretservice\"",
		}
	}
	return f.store(a.raw)
}

// notKept says that a login which is not the one that get answered is not kept. A
// login as somebody else would seem to work, and the next pull would be as before.
func (a *docker) notKept(c *credentials.Credentials, t helper.Target, err error) {
	if err != nil {
		a.Note(err)
		return
	}
	known, told := a.Tokens().Known(a.ctx, t, keystore.NewSecret(c.Secret))
	if known || !told && c.Username == t.User(host.Docker, "") {
		return
	}
	who := t.ServiceAccount
	if who == "" {
		who = "the source identity, " + t.Source.String()
	}
	a.Note(&helper.Error{
		Who: helper.User, Op: "keep the login for", Object: t.Host, Code: "not-kept",
		Reason: "it is answered as " + who + ", so this login is not kept",
		Hint:   "credential-iam unconfigure " + helper.ShellWord(t.Host),
	})
}
