package helper

import (
	"encoding/hex"
	"slices"
	"strconv"
	"time"

	"golang.org/x/crypto/blake2s"

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

// Target is everything that decides a credential: whom to be, by which way, and
// what kind of token for whom. The configuration resolves a request into one;
// it crosses the process boundary to the core and holds no secret.
type Target struct {
	// Protocol, Host and Path are what was asked for. Host is lower case, with
	// its port unless that is 443.
	Protocol string
	Host     string
	Path     string

	// ServiceAccount is the principal to impersonate, an e-mail or a numeric
	// id; empty means the source identity itself.
	ServiceAccount string
	// Delegates is the chain, the source's neighbour first, the target not in it.
	Delegates []string
	Token     Kind
	// Scopes of an access token, sorted.
	Scopes []string
	// Audience of an ID token or a self-signed JWT.
	Audience     string
	IncludeEmail bool
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

// Source names a source identity and tells it from every other. It holds no
// secret: the core reads the identity itself again and refuses one whose
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
	// Fingerprint is a digest of what identifies the principal behind it.
	Fingerprint string
}

// Fields are the members of a target as a JSON object.
func (t *Target) Fields() []Field {
	return []Field{
		{"protocol", &t.Protocol}, {"host", &t.Host}, {"path", &t.Path},
		{"serviceAccount", &t.ServiceAccount}, {"delegates", &t.Delegates},
		{"token", (*string)(&t.Token)}, {"scopes", &t.Scopes}, {"audience", &t.Audience}, {"includeEmail", &t.IncludeEmail},
		{"lifetime", (*int64)(&t.Lifetime)},
		{"source", []Field{
			{"kind", &t.Source.Kind}, {"path", &t.Source.Path}, {"name", &t.Source.Name},
			{"from", &t.Source.From}, {"fingerprint", &t.Source.Fingerprint},
		}},
		{"issuer", &t.Issuer}, {"options", &t.Options},
		{"username", &t.Username}, {"ownUsername", &t.OwnUsername},
		{"endpoint", &t.Endpoint}, {"universeDomain", &t.UniverseDomain},
		{"quotaProject", &t.QuotaProject}, {"requestReason", &t.RequestReason}, {"keystore", &t.Keystore},
	}
}

// String names the source for people, as "file /home/u/adc.json".
func (s Source) String() string {
	name := s.Name
	if s.Kind == "file" {
		name = s.Path
	}
	if name == "" {
		return s.Kind
	}
	return s.Kind + " " + name
}

// Key returns the name of the target's cache entry: a digest of everything that
// decides the token, so that another identity, chain, scope or audience never
// sees it. Hosts that want the same token share the entry; a plugin's
// credential is for its host alone.
func (t Target) Key() keystore.Key {
	var said []byte
	put := func(name string, values ...string) {
		said = append(said, name+"\x00"+strconv.Itoa(len(values))+"\x00"...)
		for _, v := range values {
			said = append(said, strconv.Itoa(len(v))+"\x00"+v...)
		}
	}
	put("endpoint", t.Endpoint)
	put("universe", t.UniverseDomain)
	put("target", t.ServiceAccount)
	put("delegates", t.Delegates...)
	put("token", string(t.Token))
	switch t.Token {
	case ID:
		put("audience", t.Audience, strconv.FormatBool(t.IncludeEmail))
	case JWT:
		put("audience", t.Audience)
	default:
		put("scopes", t.Scopes...)
	}
	put("lifetime", t.Lifetime.String())
	put("quota", t.QuotaProject)
	put("source", t.Source.Kind, t.Source.Fingerprint)
	kind := string(t.Token)
	if t.Issuer != Google {
		kind = "issuer"
		names := make([]string, 0, len(t.Options))
		for name := range t.Options {
			names = append(names, name)
		}
		slices.Sort(names)
		put("issuer", t.Issuer, t.Protocol, t.Host, t.Path)
		for _, name := range names {
			put("option", name, t.Options[name])
		}
	}
	sum := blake2s.Sum256(said)
	return keystore.NewKey(kind, t.ServiceAccount, hex.EncodeToString(sum[:16]))
}

// AsBearer reports whether git presents the token in an Authorization header of
// its own; issued is what an issuer plugin said of its credential. An access
// token never goes that way: git 2.46 to 2.53 cannot push more than
// http.postBuffer with it. A server with a configured user name takes any token
// as the password.
func (t Target) AsBearer(issued bool) bool {
	if t.Issuer == Google {
		issued = t.Token != Access
	}
	return issued && !t.OwnUsername
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
	// Fingerprint is of the source identity that was really used.
	Fingerprint string
}
