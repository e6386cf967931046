package helper

import (
	"cmp"
	"time"

	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// Kind is the kind of token that a host wants.
type Kind string

// The kinds of token.
const (
	// Access is an OAuth 2 access token (generateAccessToken).
	Access Kind = "access"
	// ID is an OpenID Connect ID token (generateIdToken).
	ID Kind = "id"
	// JWT is a self-signed JWT (signJwt).
	JWT Kind = "jwt"
)

// Defaults of the configuration's keys.
const (
	DefaultScope    = "https://www.googleapis.com/auth/cloud-platform"
	DefaultUniverse = "googleapis.com"
	DefaultLifetime = time.Hour
	// MaxLifetime is the API's own limit; above an hour an organisation policy
	// must allow it.
	MaxLifetime = 12 * time.Hour
	// Google is the issuer that is not a plugin.
	Google = "google"
)

// Target is everything that decides a credential: which account, by which chain,
// and what kind of token for which audience. The configuration resolves a request
// into one; it crosses the process boundary to the core and holds no secret.
type Target struct {
	// Protocol, Host and Path are what was asked for. Host is lower case, with
	// its port unless that is 443.
	Protocol string
	Host     string
	Path     string

	// ServiceAccount is the principal to impersonate, an e-mail or a numeric
	// id; empty means the source identity itself. Own says that the configuration
	// asks for that: it never is for want of an account.
	ServiceAccount string
	Own            bool
	// Delegates is the chain, starting with the account that the source
	// impersonates, without the target.
	Delegates []string
	Token     Kind
	// Scopes of an access token, sorted.
	Scopes []string
	// Audience of an ID token or a self-signed JWT.
	Audience     string
	IncludeEmail bool
	// OrganizationNumber asks for the claim google.organization_number in an ID token.
	OrganizationNumber bool
	// Lifetime asked for, 1 s to 12 h; nanoseconds in [Target.Fields].
	Lifetime time.Duration

	Source Source

	// Issuer is Google or a plugin's name, with the options handed to it.
	Issuer  string
	Options map[string]string

	// Username is the configured user name to answer with; OwnUsername says
	// that the host's own section states it.
	Username    string
	OwnUsername bool

	// Endpoint is the base URL of the IAM Credentials API, ending in a slash.
	Endpoint       string
	UniverseDomain string
	QuotaProject   string
	RequestReason  string

	// Keystore is the configured back end: auto, kernel, keyring, tmpfs, none.
	Keystore string
}

// Source names a source identity and distinguishes it from every other. It holds
// no secret: the core reads the identity itself again and refuses one whose
// fingerprint is another.
type Source struct {
	// Kind is "file", "gcloud", "metadata" or "keyring".
	Kind string
	// Path is the absolute path of a "file", and gcloud's configuration folder
	// for "gcloud".
	Path string
	// Name is the entry of a "keyring" and the account of "gcloud".
	Name string
	// From says how it was found, for people: "GOOGLE_APPLICATION_CREDENTIALS".
	From string
	// Fingerprint is a digest of what identifies the principal behind it, "" where
	// that takes a call or a program; Unshared says why. Nothing of a source without
	// a fingerprint is cached, or shared with anybody.
	Fingerprint, Unshared string
	// Account is the service account that it impersonates by itself, "" for none.
	Account string
	// Takes is how long a program may run that gives the source's token, beyond the
	// time of any other mint.
	Takes time.Duration
}

// Fields are the members of a target as a JSON object: what crosses to the core,
// what the version of that protocol is made from, and what [Target.Key] is.
func (t *Target) Fields() []wire.Field {
	return []wire.Field{
		wire.F("protocol", &t.Protocol), wire.F("host", &t.Host), wire.F("path", &t.Path),
		wire.F("serviceAccount", &t.ServiceAccount), wire.F("own", &t.Own), wire.F("delegates", &t.Delegates),
		wire.F("token", (*string)(&t.Token)), wire.F("scopes", &t.Scopes), wire.F("audience", &t.Audience), wire.F("includeEmail", &t.IncludeEmail), wire.F("organizationNumber", &t.OrganizationNumber),
		wire.F("lifetime", (*int64)(&t.Lifetime)),
		wire.F("source", []wire.Field{
			wire.F("kind", &t.Source.Kind), wire.F("path", &t.Source.Path), wire.F("name", &t.Source.Name),
			wire.F("from", &t.Source.From), wire.F("fingerprint", &t.Source.Fingerprint),
			wire.F("unshared", &t.Source.Unshared), wire.F("account", &t.Source.Account), wire.F("takes", (*int64)(&t.Source.Takes)),
		}),
		wire.F("issuer", &t.Issuer), wire.F("options", &t.Options),
		wire.F("username", &t.Username), wire.F("ownUsername", &t.OwnUsername),
		wire.F("endpoint", &t.Endpoint), wire.F("universeDomain", &t.UniverseDomain),
		wire.F("quotaProject", &t.QuotaProject), wire.F("requestReason", &t.RequestReason), wire.F("keystore", &t.Keystore),
	}
}

// Asked names what a token is for: the host, or the account of a command that names
// no host.
func (t Target) Asked() string { return cmp.Or(t.Host, t.ServiceAccount, "the own identity") }

// String names the source for people, as "file /home/u/adc.json".
func (s Source) String() string {
	name := cmp.Or(s.Name, s.Path)
	if name == "" {
		return s.Kind
	}
	return s.Kind + " " + name
}

// Token is what a Minter returns.
type Token struct {
	Secret keystore.Secret
	// Issued and Expires are by the local clock, corrected by the server's.
	Issued, Expires time.Time
	// Username is chosen by an issuer plugin, else empty.
	Username string
	// Bearer says that a plugin's secret is to be presented as a Bearer token.
	Bearer bool
	// Fingerprint is of the source identity that was really used, or Unshared.
	Fingerprint string
}

// Unshared stands for the fingerprint of a source whose principal is not known,
// so that nobody takes its token for that of a source which is.
const Unshared = "unshared"
