// Package issuertest tests an issuer plugin as credential-iam would run it.
//
// [NewIdentity] is a service account whose ID tokens and JWTs have real RS256
// signatures, and publishes its keys in Google's form, so that a stand-in for
// the other side can verify them as the real one does. [Build] compiles a plugin
// into a folder that the host trusts, and [Run] starts it as the core does: a
// process of its own, a bare environment, every check of the answer.
//
// The package is an API for the tests of plugins. The package is an API for the
// tests of plugins. The package is an API for the tests of plugins. Nothing here
// talks to Google, and no key outlives the test.
package issuertest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

// Google is the issuer of every ID token.
const Google = "https://accounts.google.com"

// Identity is a service account with a key of its own. It is safe for
// concurrent use.
type Identity struct {
	// Email and ID name the account; ID is the subject of its ID tokens.
	Email, ID string
	// Err, where it is set, is the answer of every method.
	Err error
	// Lifetime of the tokens; 0 means an hour.
	Lifetime time.Duration
	// Wait is how long every method takes, or until its context ends.
	Wait time.Duration

	key   *rsa.PrivateKey
	mu    sync.Mutex
	calls []string
}

var _ issuer.Identity = (*Identity)(nil)

// NewIdentity returns an account pusher@project.iam.gserviceaccount.com.
func NewIdentity(t testing.TB) *Identity {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &Identity{Email: "pusher@project.iam.gserviceaccount.com", ID: "104857600000000000001", key: key}
}

// Calls returns the calls that were made, in order, as "IDToken AUDIENCE".
func (i *Identity) Calls() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string(nil), i.calls...)
}

func (i *Identity) begin(ctx context.Context, call string) error {
	i.mu.Lock()
	i.calls = append(i.calls, call)
	i.mu.Unlock()
	if i.Wait > 0 {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(i.Wait):
		}
	}
	return i.Err
}

// AccessToken returns an opaque token.
func (i *Identity) AccessToken(ctx context.Context, scopes ...string) (issuer.Token, error) {
	if err := i.begin(ctx, strings.TrimSpace("AccessToken "+strings.Join(scopes, " "))); err != nil {
		return issuer.Token{}, err
	}
	return issuer.Token{Secret: issuer.NewSecret("ya29." + rand.Text()), Expires: i.end()}, nil
}

// IDToken returns a signed token with the claims of Google's generateIdToken.
func (i *Identity) IDToken(ctx context.Context, audience string) (issuer.Token, error) {
	if err := i.begin(ctx, "IDToken "+audience); err != nil {
		return issuer.Token{}, err
	}
	end := i.end()
	token, err := i.Sign(map[string]any{
		"iss": Google, "aud": audience, "azp": i.ID, "sub": i.ID,
		"email": i.Email, "email_verified": true, "iat": time.Now().Unix(), "exp": end.Unix(),
	})
	return issuer.Token{Secret: issuer.NewSecret(token), Expires: end}, err
}

// SignBlob signs as signBlob does.
func (i *Identity) SignBlob(ctx context.Context, blob []byte) (issuer.Signature, error) {
	if err := i.begin(ctx, "SignBlob"); err != nil {
		return issuer.Signature{}, err
	}
	sum := sha256.Sum256(blob)
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	return issuer.Signature{KeyID: i.keyID(), Signed: sig}, err
}

// SignJWT signs claims as signJwt does.
func (i *Identity) SignJWT(ctx context.Context, claims []byte) (issuer.Signature, error) {
	if err := i.begin(ctx, "SignJWT"); err != nil {
		return issuer.Signature{}, err
	}
	var c map[string]any
	if err := json.Unmarshal(claims, &c); err != nil {
		return issuer.Signature{}, err
	}
	token, err := i.Sign(c)
	return issuer.Signature{KeyID: i.keyID(), Signed: []byte(token)}, err
}

func (i *Identity) end() time.Time {
	life := i.Lifetime
	if life == 0 {
		life = time.Hour
	}
	return time.Now().Add(life)
}

// Sign returns a JWT of any claims, for tests of what must be refused.
func (i *Identity) Sign(claims map[string]any) (string, error) {
	head, err1 := json.Marshal(map[string]string{"alg": "RS256", "kid": i.keyID(), "typ": "JWT"})
	body, err2 := json.Marshal(claims)
	if err := errors.Join(err1, err2); err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, sum[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), err
}

func (i *Identity) keyID() string {
	sum := sha256.Sum256(i.key.N.Bytes())
	return hex.EncodeToString(sum[:20])
}

// ServeHTTP publishes the account's key as https://www.googleapis.com/oauth2/v3/certs does.
func (i *Identity) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": i.keyID(),
		"n": base64.RawURLEncoding.EncodeToString(i.key.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
}

// Claims are the claims of an ID token that others look at.
type Claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Email    string `json:"email"`
	Expires  int64  `json:"exp"`
}

// Verify checks an ID token as a relying party does: its signature, issuer,
// audience and expiry. Whom it names is for the caller to compare.
func (i *Identity) Verify(token, audience string) (Claims, error) {
	var c Claims
	part := strings.Split(token, ".")
	if len(part) != 3 {
		return c, errors.New("not a JWT")
	}
	sig, err1 := base64.RawURLEncoding.DecodeString(part[2])
	head, err2 := base64.RawURLEncoding.DecodeString(part[0])
	body, err3 := base64.RawURLEncoding.DecodeString(part[1])
	if err := errors.Join(err1, err2, err3); err != nil {
		return c, err
	}
	var h struct{ Alg, Kid string }
	if err := errors.Join(json.Unmarshal(head, &h), json.Unmarshal(body, &c)); err != nil {
		return c, err
	}
	if h.Alg != "RS256" || h.Kid != i.keyID() {
		return c, fmt.Errorf("no key %q for %q", h.Kid, h.Alg)
	}
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	if err := rsa.VerifyPKCS1v15(&i.key.PublicKey, crypto.SHA256, sum[:], sig); err != nil {
		return c, err
	}
	switch {
	case c.Issuer != Google:
		return c, fmt.Errorf("issuer %q", c.Issuer)
	case c.Audience != audience:
		return c, fmt.Errorf("audience %q, want %q", c.Audience, audience)
	case time.Now().Unix() >= c.Expires:
		return c, errors.New("expired")
	}
	return c, nil
}
