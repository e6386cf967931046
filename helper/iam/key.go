package iam

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/url"
	"strings"
	"time"
)

// backdate is how far back a signed time of issue lies, so that a clock that is
// a little fast does not make it lie in the future.
const backdate = 10 * time.Second

const assertionLife = time.Hour

// selfSigned returns a token that the key signs itself, which the API accepts in
// place of an access token: no exchange at all (google.aip.dev/auth/4111).
func (c *Client) selfSigned(d *document, scopes []string) (bearer, error) {
	issued := c.now().Add(-backdate)
	jwt, err := d.sign(map[string]any{
		"iss": d.ClientEmail, "sub": d.ClientEmail, "scope": strings.Join(scopes, " "),
		"iat": issued.Unix(), "exp": issued.Add(assertionLife).Unix(),
	})
	return bearer{secret: jwt, expires: c.env.Now().Add(assertionLife - backdate), self: true}, err
}

// keyToken exchanges an assertion for an access token (RFC 7523). A server that
// says our clock is wrong tells us its own, and gets a second assertion.
func (c *Client) keyToken(ctx context.Context, d *document, scopes []string) (bearer, error) {
	b, err := c.exchangeAssertion(ctx, d, scopes)
	if err == nil {
		return b, nil
	}
	f := newFailure(ctx, exchangeOf(ctx), err)
	if f.oauth == "invalid_grant" && c.learnClock(f.date) {
		return c.exchangeAssertion(ctx, d, scopes)
	}
	return bearer{}, f
}

func (c *Client) exchangeAssertion(ctx context.Context, d *document, scopes []string) (bearer, error) {
	issued := c.now().Add(-backdate)
	assertion, err := d.sign(map[string]any{
		"iss": d.ClientEmail, "aud": d.TokenURI, "scope": strings.Join(scopes, " "),
		"iat": issued.Unix(), "exp": issued.Add(assertionLife).Unix(),
	})
	if err != nil {
		return bearer{}, err
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	return c.postForm(ctx, d.TokenURI, form, "", "")
}

// sign returns the claims as a JWT signed by the document's key.
func (d *document) sign(claims map[string]any) (string, error) {
	key, err := parseKey(d.Key)
	if err != nil {
		return "", err
	}
	header := map[string]string{"alg": "RS256", "typ": "JWT"}
	if d.KeyID != "" {
		header["kid"] = d.KeyID
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
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", &failure{fatal: true, message: "the private_key of the source identity cannot sign"}
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

var errKey = errors.New("the private_key of the source identity is not an RSA key in PEM form")

// parseKey reads PKCS 8, as Google writes keys, or PKCS 1.
func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errKey
	}
	if k, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if key, ok := k.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, errKey
	}
	key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		return nil, errKey
	}
	return key, nil
}
