package iamtest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Claims are the claims of a JWT as JSON decodes them: numbers are float64.
type Claims map[string]any

// String returns a claim that is a string, "" otherwise.
func (c Claims) String(name string) string {
	v, _ := c[name].(string)
	return v
}

// Time returns a claim that is a number of seconds, the zero time otherwise.
func (c Claims) Time(name string) time.Time {
	v, ok := c[name].(float64)
	if !ok {
		return time.Time{}
	}
	return time.Unix(int64(v), 0)
}

type jwt struct {
	alg, kid string
	claims   Claims
	signed   string
	sig      []byte
}

var errJWT = errors.New("not a JWT")

func parseJWT(token string) (*jwt, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errJWT
	}
	b64 := base64.RawURLEncoding.Strict()
	var raw [3][]byte
	for i, p := range parts {
		b, err := b64.DecodeString(p)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errJWT, err)
		}
		raw[i] = b
	}
	var head struct{ Alg, Kid string }
	t := &jwt{signed: parts[0] + "." + parts[1], sig: raw[2]}
	if err := json.Unmarshal(raw[0], &head); err != nil {
		return nil, fmt.Errorf("%w: header: %w", errJWT, err)
	}
	if err := json.Unmarshal(raw[1], &t.claims); err != nil {
		return nil, fmt.Errorf("%w: claims: %w", errJWT, err)
	}
	t.alg, t.kid = head.Alg, head.Kid
	return t, nil
}

func (t *jwt) verify(k *Key) error {
	if t.alg != "RS256" || t.kid != k.ID {
		return fmt.Errorf("signed with %q key %q", t.alg, t.kid)
	}
	sum := sha256.Sum256([]byte(t.signed))
	return rsa.VerifyPKCS1v15(&k.Private.PublicKey, crypto.SHA256, sum[:], t.sig)
}

// signJWT signs claims, a Claims or the JSON text of an object.
func signJWT(k *Key, claims any) string {
	payload, ok := claims.(string)
	if !ok {
		payload = mustJSON(claims)
	}
	head := mustJSON(map[string]string{"alg": "RS256", "kid": k.ID, "typ": "JWT"})
	b64 := base64.RawURLEncoding
	signed := b64.EncodeToString([]byte(head)) + "." + b64.EncodeToString([]byte(payload))
	return signed + "." + b64.EncodeToString(signBytes(k, []byte(signed)))
}

func signBytes(k *Key, b []byte) []byte {
	sum := sha256.Sum256(b)
	sig, err := rsa.SignPKCS1v15(rand.Reader, k.Private, crypto.SHA256, sum[:])
	if err != nil {
		panic("stand-in: sign: " + err.Error()) // a 2048-bit key always can
	}
	return sig
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("stand-in: " + err.Error())
	}
	return string(b)
}

// VerifyIDToken checks an ID token as a receiver does: Google's signature and
// issuer, the audience, and the time by the Server's clock.
func (s *Server) VerifyIDToken(token, audience string) (Claims, error) {
	t, err := parseJWT(token)
	if err != nil {
		return nil, err
	}
	if err := t.verify(s.google()); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	if iss := t.claims.String("iss"); iss != "https://accounts.google.com" {
		return nil, fmt.Errorf("issuer is %q", iss)
	}
	if aud := t.claims.String("aud"); aud != audience {
		return nil, fmt.Errorf("audience is %q, not %q", aud, audience)
	}
	return t.claims, s.checkTime(t.claims)
}

// VerifyAccountJWT checks a JWT that a service account signed, with a key of
// its own or by signJwt: key, signature, iss and sub, audience, time.
func (s *Server) VerifyAccountJWT(token, audience string) (Claims, error) {
	t, err := parseJWT(token)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.signer(t); err != nil {
		return nil, err
	}
	if aud := t.claims.String("aud"); aud != audience {
		return nil, fmt.Errorf("audience is %q, not %q", aud, audience)
	}
	return t.claims, s.checkTime(t.claims)
}

// VerifyBlob checks a signature of signBlob.
func (s *Server) VerifyBlob(email, keyID string, payload, signature []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[email]
	if a == nil {
		return fmt.Errorf("no account %q", email)
	}
	for _, k := range a.allKeys() {
		if k.ID == keyID {
			sum := sha256.Sum256(payload)
			return rsa.VerifyPKCS1v15(&k.Private.PublicKey, crypto.SHA256, sum[:], signature)
		}
	}
	return fmt.Errorf("%q has no key %q", email, keyID)
}

// signer returns the account that signed t and that t is about, with s.mu held.
func (s *Server) signer(t *jwt) (*Account, error) {
	email := t.claims.String("iss")
	if sub := t.claims.String("sub"); sub != "" && sub != email {
		return nil, fmt.Errorf("iss %q signs for sub %q", email, sub)
	}
	a := s.accounts[email]
	if a == nil || a.kind != serviceAccount {
		return nil, fmt.Errorf("no service account %q", email)
	}
	for _, k := range a.allKeys() {
		if k.ID == t.kid {
			return a, t.verify(k)
		}
	}
	return nil, fmt.Errorf("%q has no key %q", email, t.kid)
}

// leeway is how far clocks may be apart for a JWT's iat.
const leeway = 5 * time.Minute

func (s *Server) checkTime(c Claims) error {
	now, iat, exp := s.Now(), c.Time("iat"), c.Time("exp")
	switch {
	case exp.IsZero() || iat.IsZero():
		return errors.New("without iat or exp")
	case !now.Before(exp):
		return fmt.Errorf("expired at %s", exp.UTC().Format(time.RFC3339))
	case iat.After(now.Add(leeway)):
		return fmt.Errorf("issued in the future, at %s", iat.UTC().Format(time.RFC3339))
	}
	return nil
}
