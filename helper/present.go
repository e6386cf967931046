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
	if t.AsBearer(c, tok.Bearer) {
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
	case c == host.Docker, c == host.Kubelet:
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
// its own; issued is what an issuer plugin said of its credential. Some protocols
// have passwords alone, others tokens alone. Where there is a choice a server with
// a configured user name takes any token as the password, and so do Google's
// registries an access token; git sends every access token so, since git 2.46 to
// 2.53 cannot push more than http.postBuffer with another header.
func (t Target) AsBearer(c host.Client, issued bool) bool {
	switch c {
	case host.Docker, host.Kubelet, host.Keyring:
		return false
	case host.Kube, host.Terraform:
		return true
	}
	switch {
	case t.OwnUsername:
		return false
	case t.Issuer != Google:
		return issued
	case t.Token != Access:
		return true
	}
	h, _ := host.ParsePattern(t.Host)
	return c != host.Git && !h.Registry()
}

// Header returns the value of an Authorization header.
func (c Credential) Header() string {
	if c.Bearer {
		return "Bearer " + c.Secret.Reveal()
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(c.Username+":"+c.Secret.Reveal()))
}
