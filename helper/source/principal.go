package source

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// Principal is who is behind a credential document, which for a federation is
// whoever the token of the outside identity names today: one unchanged file on a
// machine that runs job after job may be for another one each time.
type Principal struct {
	// Unknown says why it takes a call or a program to know the principal, "" where
	// it is known. No token of an unknown principal may be kept or shared.
	Unknown string
	// Token is the subject token that was looked at, if there was one. It is the
	// one to use: another look may find somebody else's.
	Token keystore.Secret
	// Name is the subject of the token, "" if it has none.
	Name string
	// Container is where an AWS source has its keys from, nil for elsewhere. Like
	// Token it is what was looked at, and what to use.
	Container *AWSContainer
	// Takes is how long a program may run that has to be asked, 0 for none.
	Takes time.Duration

	// print tells the principal from every other one behind the document.
	print string
}

func unknown(why string) Principal { return Principal{Unknown: why} }

// principalOf returns the principal that a subject token names.
func principalOf(token string) Principal {
	p := Principal{Token: keystore.NewSecret(token)}
	claims := claimsOf(token)
	if claims == nil {
		p.print = Digest("token", token)
		return p
	}
	if sub := exact(claims, "sub"); sub != nil && sub[0] == '"' {
		p.Name = wire.String(sub)
	}
	p.print = Digest(lasting(claims, "", []string{"claims"})...)
	return p
}

// claimsOf returns the claims of a JWT, unverified, and nil for anything else.
func claimsOf(token string) []byte {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil
	}
	if wire.Check(raw) != nil || wire.Kind(raw) != '{' {
		return nil
	}
	return raw
}

// passing are claims that every new token of one principal has otherwise: its
// times and its number, and what Kubernetes and Azure note down for themselves.
var passing = []string{"exp", "iat", "nbf", "jti", "auth_time", "warnafter", "aio", "rh", "uti"}

// lasting appends the claims that a new token of the same principal has again:
// issuer and subject, and also everything else that a pool's attribute mapping and
// a grant on a principalSet can look at.
func lasting(claims []byte, path string, parts []string) []string {
	for name, value := range wire.Members(claims) {
		switch {
		case slices.Contains(passing, name):
		case value[0] == '{':
			parts = lasting(value, path+name+".", parts)
		default:
			parts = append(parts, path+name, string(value))
		}
	}
	return parts
}

// Principal returns who is behind the document.
func (d *Document) Principal(env helper.Env) Principal {
	if d.Inner != nil {
		return d.Inner.Principal(env)
	}
	for _, t := range types {
		if t.name == d.Type && t.principal != nil {
			return t.principal(d, env)
		}
	}
	return Principal{}
}

// federated returns the principal behind a document with a credential_source.
func federated(d *Document, env helper.Env) Principal {
	s, err := d.Subject()
	if err != nil {
		return unknown("its credential_source cannot be read")
	}
	k, err := s.kind()
	if err != nil {
		return unknown("its credential_source is of no known kind")
	}
	return k.principal(s, env)
}
