package iam

import (
	"cmp"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// key is a service account's key, the private half in the file.
type key struct {
	email, id, tokenURI string
	// audience is whom an assertion is for where the document says so.
	audience string
	private  *rsa.PrivateKey
}

func newKey(d *source.Document) (*credential, error) {
	if err := need(d, "client_email", "private_key"); err != nil {
		return nil, err
	}
	k := &key{email: d.Text("client_email"), id: d.Text("private_key_id"), tokenURI: tokenURI(d), audience: d.Text("audience")}
	if helper.CheckServiceAccount(k.email) != nil {
		return nil, errors.New("its client_email is not a service account's e-mail")
	}
	var err error
	if k.private, err = parseKey(d.Text("private_key")); err != nil {
		return nil, err
	}
	return &credential{kind: k, universe: d.Universe()}, checkURL("token_uri", k.tokenURI)
}

func (k *key) about() about {
	login := "gcloud iam service-accounts keys list --iam-account=" + helper.ShellWord(k.email)
	return about{
		name: "service_account", principal: k.email, member: accountMember(k.email),
		login: login, rescope: login, rescoper: helper.User, scoped: true,
	}
}

// backdate is how far back a signed time of issue is set, so that a clock that is
// a little fast does not put it in the future.
const backdate = 10 * time.Second

const assertionLife = time.Hour

// selfSigned returns a token that the key signs itself, which the API accepts in
// place of an access token: no exchange at all (google.aip.dev/auth/4111).
func (k *key) selfSigned(c *Client, scopes []string) (bearer, error) {
	issued := c.now().Add(-backdate)
	jwt, err := k.sign(map[string]any{
		"iss": k.email, "sub": k.email, "scope": strings.Join(scopes, " "),
		"iat": issued.Unix(), "exp": issued.Add(assertionLife).Unix(),
	})
	return bearer{secret: jwt, expires: c.env.Now().Add(assertionLife - backdate), self: true}, err
}

// token exchanges an assertion for an access token (RFC 7523). A server that says
// that the clock is wrong sends its own time, and gets a second assertion.
func (k *key) token(ctx context.Context, c *Client, scopes []string, _ freshness) (bearer, error) {
	exchangeOf(ctx).at(atLogin)
	b, err := k.exchange(ctx, c, scopes)
	if err == nil {
		return b, nil
	}
	f := newFailure(ctx, exchangeOf(ctx), err)
	if f.oauth == "invalid_grant" && c.learnClock(f.date) {
		return k.exchange(ctx, c, scopes)
	}
	return bearer{}, f
}

func (k *key) exchange(ctx context.Context, c *Client, scopes []string) (bearer, error) {
	issued := c.now().Add(-backdate)
	assertion, err := k.sign(map[string]any{
		"iss": k.email, "aud": cmp.Or(k.audience, k.tokenURI), "scope": strings.Join(scopes, " "),
		"iat": issued.Unix(), "exp": issued.Add(assertionLife).Unix(),
	})
	if err != nil {
		return bearer{}, err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	b, _, err := c.postForm(ctx, k.tokenURI, form, "", "")
	return b, err
}

// sign returns the claims as a JWT signed by the key.
func (k *key) sign(claims map[string]any) (string, error) {
	header := map[string]string{"alg": "RS256", "typ": "JWT"}
	if k.id != "" {
		header["kid"] = k.id
	}
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	p, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(p)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, sum[:])
	if err != nil {
		return "", &failure{fatal: true, message: "the private_key of the source identity cannot sign"}
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// refused is about an assertion that the key signed.
func (k *key) refused(f *failure, _, said string, e *helper.Error) {
	e.Who = helper.Admin
	switch {
	case strings.Contains(said, "iat and exp"), strings.Contains(said, "short-lived token"):
		e.Who, e.Code, e.Hint = helper.User, "clock", helper.SetClock()
		e.Reason = "this machine's clock is wrong (" + said + ")"
	case strings.Contains(said, "disabled"):
		e.Code, e.Hint = "disabled", "gcloud iam service-accounts enable "+helper.ShellWord(k.email)
		e.Reason = "the service account " + k.email + " is disabled (" + said + ")"
	case strings.Contains(said, "Signature"):
		e.Code = "bad-key"
		e.Reason = "the key of " + k.email + " was deleted or rotated (" + said + ")"
	case strings.Contains(said, "account not found"):
		e.Code, e.Hint = "not-found", "gcloud iam service-accounts list"+inProject(k.email)
		e.Reason = "the service account " + k.email + " does not exist (" + said + ")"
	case f.oauth == "invalid_scope":
		e.Who, e.Code, e.Hint = helper.User, "bad-parameter", ""
		e.Reason = "the scopes are not known (" + said + ")"
	default:
		e.Code = "bad-key"
		e.Reason = "the key of " + k.email + " is not accepted (" + said + ")"
	}
}
