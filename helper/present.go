package helper

import (
	"encoding/base64"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// registryUser is the user name that Google's registries take with an access
// token. It is never "<token>": with that, docker's clients POST the secret to
// the registry's token endpoint as a refresh token, which Google answers with 404.
const registryUser = "oauth2accesstoken"

// gerritUser is the user name for Google's Gerrit hosts, which want one that
// starts with "git-".
const gerritUser = "git-service-account"

// Credential is a token in the form that a client sends it: as the password of
// Username, or as a Bearer token of its own, without a user name.
type Credential struct {
	Username string
	Secret   keystore.Secret
	Bearer   bool
	Expires  time.Time
}

// Present returns the credential that the client gets for a token of t.
func (t Target) Present(c host.Client, tok Token) Credential {
	if c != host.Docker && t.AsBearer(tok.Bearer) {
		return Credential{Secret: tok.Secret, Bearer: true, Expires: tok.Expires}
	}
	return Credential{Username: t.User(c, tok.Username), Secret: tok.Secret, Expires: tok.Expires}
}

// User returns the user name that goes with a token as its password: the
// configured one, the issuer's, or the one that the server is known to take.
func (t Target) User(c host.Client, issued string) string {
	switch {
	case t.Username != "":
		return t.Username
	case issued != "":
		return issued
	case c == host.Docker:
		return registryUser
	}
	h, _ := host.ParsePattern(t.Host)
	switch {
	case h.GoogleSource():
		return gerritUser
	case t.ServiceAccount != "" && !h.Registry():
		return t.ServiceAccount
	}
	return registryUser
}

// AsBearer reports whether the token is presented in an Authorization header of
// its own; issued is what an issuer plugin said of its credential. An access
// token never goes that way: git 2.46 to 2.53 cannot push more than
// http.postBuffer with it. A server with a configured user name takes any token
// as the password. Docker's protocol has passwords alone.
func (t Target) AsBearer(issued bool) bool {
	if t.Issuer == Google {
		issued = t.Token != Access
	}
	return issued && !t.OwnUsername
}

// Header returns the value of an Authorization header.
func (c Credential) Header() string {
	if c.Bearer {
		return "Bearer " + c.Secret.Reveal()
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Secret.Reveal()))
}
