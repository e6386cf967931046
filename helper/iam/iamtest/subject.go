package iamtest

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The identity provider outside Google is a part of the stand-in too: it signs
// RS256 JWTs that /v1/token verifies.

const (
	subjectPath   = "/idp/token"
	subjectHeader = "X-Identity-Header" // a source of type url sends it
)

func (s *Server) provider() string { return s.URL + "/idp" }

func (s *Server) providerKey() *Key {
	return &Key{ID: keyID("identity-provider", s.URL), Private: poolKey(providerKey)}
}

// SubjectToken is the provider's token for the workload pool, good for an hour:
// what a CI system would hand to its job. For a file source, write it there.
func (s *Server) SubjectToken(subject string) string {
	return s.subjectToken(subject, WorkloadAudience, time.Hour)
}

// WorkforceSubjectToken is the same for the workforce pool.
func (s *Server) WorkforceSubjectToken(subject string) string {
	return s.subjectToken(subject, WorkforceAudience, time.Hour)
}

func (s *Server) subjectToken(subject, audience string, life time.Duration) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.subjectTokenLocked(subject, audience, life)
}

func (s *Server) subjectTokenLocked(subject, audience string, life time.Duration) string {
	now := s.Now()
	s.nextNumber++
	id := strconv.Itoa(s.nextNumber) // two tokens for one subject differ, as real ones do
	return signJWT(s.providerKey(), Claims{
		"iss": s.provider(), "aud": "https:" + audience, "sub": subject, "jti": id,
		"iat": now.Unix(), "exp": now.Add(life).Unix(),
	})
}

const azurePath = "/metadata/identity/oauth2/token"

// AzureSubject is who the machine at Azure is.
const AzureSubject = "5e1f7a2c-1d3b-4a57-9b1e-0d6f0c2f8a11"

func (s *Server) azureSource() map[string]any {
	return map[string]any{
		"url":     s.URL + azurePath + "?api-version=2018-02-01&resource=" + url.QueryEscape("https:"+WorkloadAudience),
		"headers": map[string]any{"Metadata": "True"},
		"format":  map[string]any{"type": "json", "subject_token_field_name": "access_token"},
	}
}

// serveAzure is Azure's instance metadata service.
func (s *Server) serveAzure(q *request) reply {
	if !strings.EqualFold(q.Header.Get("Metadata"), "true") || q.URL.Query().Get("api-version") == "" {
		return reply{status: 400, json: map[string]any{
			"error": "invalid_request", "error_description": "Required metadata header not specified or not correct",
		}}
	}
	subject := cmp.Or(s.policy.subject, AzureSubject)
	return ok(map[string]any{
		"access_token": s.subjectTokenLocked(subject, WorkloadAudience, time.Hour), "expires_in": "3599", "token_type": "Bearer",
		"resource": q.URL.Query().Get("resource"),
	})
}

// SetSubject makes the endpoint of a URL source answer for subject, whomever the
// document asks for; "" ends that.
func (s *Server) SetSubject(subject string) { s.set(func(p *policy) { p.subject = subject }) }

// ExecutableResponse is what the executable of an executable source prints.
func (s *Server) ExecutableResponse(subject string) []byte {
	return []byte(mustJSON(map[string]any{
		"version": 1, "success": true, "token_type": typeID, "id_token": s.SubjectToken(subject),
		"expiration_time": s.Now().Add(time.Hour).Unix(),
	}))
}

// serveSubject is the local endpoint that a source of type url asks.
func (s *Server) serveSubject(q *request) reply {
	if q.Header.Get(subjectHeader) != "stand-in" {
		return text(403, "missing header "+subjectHeader+"\n")
	}
	subject := q.URL.Query().Get("subject")
	if s.policy.subject != "" {
		subject = s.policy.subject
	}
	token := s.subjectTokenLocked(subject, WorkloadAudience, time.Hour)
	if q.URL.Query().Get("format") == "json" {
		return ok(map[string]any{"value": token})
	}
	return text(200, token)
}
