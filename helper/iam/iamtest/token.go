package iamtest

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// Scopes that open the API.
const (
	ScopeCloudPlatform = "https://www.googleapis.com/auth/cloud-platform"
	ScopeIAM           = "https://www.googleapis.com/auth/iam"
	ScopeStorageRead   = "https://www.googleapis.com/auth/devstorage.read_only"
	ScopeStorageWrite  = "https://www.googleapis.com/auth/devstorage.read_write"
)

// accessToken is what the Server knows of a token that it gave out.
type accessToken struct {
	principal string
	scopes    []string
	expiry    time.Time
	revoked   bool
}

func (t *accessToken) has(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(want string) bool { return slices.Contains(t.scopes, want) })
}

// mint makes an access token, with s.mu held.
func (s *Server) mint(principal string, scopes []string, life time.Duration) (string, time.Time) {
	b := make([]byte, max(s.opts.TokenBytes, 32))
	_, _ = rand.Read(b) // never fails (crypto/rand)
	token := ("ya29.c." + base64.RawURLEncoding.EncodeToString(b))[:len(b)]
	expiry := s.Now().Add(life).Truncate(time.Second)
	s.tokens[token] = &accessToken{principal: principal, scopes: scopes, expiry: expiry}
	return token, expiry
}

// AccessToken makes a token for any principal without a call: a ready source
// credential, or a foreign one. No scopes means cloud-platform.
func (s *Server) AccessToken(principal string, life time.Duration, scopes ...string) string {
	if len(scopes) == 0 {
		scopes = []string{ScopeCloudPlatform}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	token, _ := s.mint(principal, scopes, life)
	return token
}

// IDToken makes an ID token of an account without a call.
func (s *Server) IDToken(email, audience string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return signJWT(s.google(), s.idClaims(s.accountLocked(email, serviceAccount), audience, true, false))
}

// RevokeToken makes one access token dead though it is unexpired.
func (s *Server) RevokeToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.tokens[token]; t != nil {
		t.revoked = true
	}
}

// Principal tells whose access token it is; ok is false if it is unknown,
// expired or revoked, or the account is disabled.
func (s *Server) Principal(token string) (email string, ok bool) {
	email, _, ok = s.Inspect(token)
	return email, ok
}

// Inspect is Principal with the token's scopes.
func (s *Server) Inspect(token string) (email string, scopes []string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[token]
	if t == nil || t.revoked || !s.Now().Before(t.expiry) || !s.active(t.principal) {
		return "", nil, false
	}
	return t.principal, slices.Clone(t.scopes), true
}

// active tells, with s.mu held, whether a principal exists and is enabled. A
// federated one needs no account.
func (s *Server) active(principal string) bool {
	a := s.accounts[principal]
	if a == nil {
		return strings.HasPrefix(principal, "principal://")
	}
	return !a.disabled
}

// sourceLife is how long a source token lives.
func (s *Server) sourceLife() time.Duration {
	if d := s.policy.sourceLifetime; d > 0 {
		return d
	}
	return time.Hour
}

// tokenReply is the common success of the token endpoints. Google says one
// second less than the truth.
func (s *Server) tokenReply(principal string, scopes []string) reply {
	life := s.sourceLife()
	token, _ := s.mint(principal, scopes, life)
	return ok(map[string]any{
		"access_token": token,
		"expires_in":   max(int64(life/time.Second)-1, 1),
		"scope":        strings.Join(scopes, " "),
		"token_type":   "Bearer",
	})
}

func wholeSeconds(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
