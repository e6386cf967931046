// Package issuer makes credentials for registries and git servers outside
// Google out of an impersonated service account, by plugins.
//
// A plugin is a program credential-iam-issuer-NAME. Its author implements
// [Issuer] and calls [Serve], which is the whole main. The core opens it with
// [Open] and asks it with [Host.Issue]. Both ends of the protocol
// (issuerpb/issuer.proto, over hashicorp/go-plugin) are in this package, so that
// they are read together. It is an API: README.md is the plugin author's page.
//
// The host promises: a plugin never sees a source identity, only the four IAM
// methods as the target service account, served to it over a private socket with
// mutual TLS. It starts only from a file and folders that only root and the user
// can change, with an environment of what it declares and no credential in it.
// Whatever it does (crash, hang, garbage, an answer for another host), the caller
// gets one line that says whose fault it is, within 15 seconds, and no process of
// the plugin is left.
//
// The package does not cache, retry or choose identities, and it does not read
// the environment of the core.
package issuer

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// ProtocolVersion is the version of the protocol between core and plugin. A
// plugin of another version is refused.
const ProtocolVersion = 1

// Issuer is what a plugin implements. Issue makes one credential for the host
// of the request. It is called at most once in the life of the process, with a
// ctx that ends within 15 seconds. An error made by [UserError] or
// [AdminError] says who must act; any other is taken as the plugin's own fault.
type Issuer interface {
	Issue(ctx context.Context, req Request, id Identity) (Credential, error)
}

// Request is what docker or git asked for.
type Request struct {
	// Protocol is "https", or "http" for a loopback address.
	Protocol string
	// Host is in lower case, with its port unless that is 443.
	Host string
	// Path is empty unless the client sends one.
	Path string
	// ServiceAccount is the account that is impersonated, an e-mail or a numeric
	// id; empty means the source identity itself.
	ServiceAccount string
	// Options are the host's issuer.KEY options, without the prefix.
	Options map[string]string
}

// Identity offers the methods of the IAM Credentials API as the service account
// of the request. Errors of it should be returned from Issue as they are
// (wrapped or not): the person then sees Google's own reason.
type Identity interface {
	// AccessToken returns an OAuth 2 access token; no scopes means cloud-platform.
	AccessToken(ctx context.Context, scopes ...string) (Token, error)
	// IDToken returns an OpenID Connect ID token of https://accounts.google.com,
	// with the e-mail address, whose subject is the account's numeric id.
	IDToken(ctx context.Context, audience string) (Token, error)
	// SignBlob signs bytes with a key of Google's (RSA PKCS #1 v1.5, SHA-256).
	SignBlob(ctx context.Context, blob []byte) (Signature, error)
	// SignJWT signs the claims, a JSON object; Signed is the JWT.
	SignJWT(ctx context.Context, claims []byte) (Signature, error)
}

// Secret is a string that prints as REDACTED everywhere; Reveal is the way out.
type Secret = keystore.Secret

// NewSecret wraps s.
func NewSecret(s string) Secret { return keystore.NewSecret(s) }

// Token is a secret with its end.
type Token struct {
	Secret  Secret
	Expires time.Time
}

// Signature is what a signing method returns.
type Signature struct {
	// KeyID names the key, as the account's published certificates do.
	KeyID string
	// Signed is the signature of a blob, or the JWT.
	Signed []byte
}

// Credential is what a plugin answers. Secret is at most 16 KiB without control
// bytes, Username has no colon (it could not be sent), and Expires, by the local
// clock, is in the future. Bearer says that the secret is sent as a Bearer token
// rather than as a password.
type Credential struct {
	Username string
	Secret   Secret
	Expires  time.Time
	Bearer   bool
}
