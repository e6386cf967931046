package iamtest

import (
	"slices"
	"strings"
	"time"
)

// caller finds out, with s.mu held, who calls a method of the API. A refusal
// comes back as the reply to send.
func (s *Server) caller(q *request, method string) (principal string, refusal *reply) {
	refuse := func(r reply) (string, *reply) { return "", &r }
	bearer, isBearer := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	if !isBearer || bearer == "" {
		return refuse(unauthenticated("CREDENTIALS_MISSING", method, nil))
	}
	if t := s.tokens[bearer]; t != nil {
		q.call.Principal = t.principal
		switch {
		case t.revoked:
			return refuse(unauthenticated("ACCESS_TOKEN_EXPIRED", method, nil))
		case !s.Now().Before(t.expiry):
			return refuse(unauthenticated("ACCESS_TOKEN_EXPIRED", method, nil))
		case !s.active(t.principal):
			return refuse(unauthenticated("ACCOUNT_STATE_INVALID", method, map[string]any{"email": t.principal}))
		case !t.has(ScopeCloudPlatform, ScopeIAM):
			return refuse(scopeInsufficient(method))
		}
		return t.principal, nil
	}
	t, err := parseJWT(bearer)
	if err != nil {
		return refuse(unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED", method, nil))
	}
	a, ok := s.selfSigned(t)
	if !ok {
		return refuse(unauthenticated("ACCESS_TOKEN_TYPE_UNSUPPORTED", method, nil))
	}
	q.call.Principal, q.call.SelfSigned = a.Email, true
	if a.disabled {
		return refuse(unauthenticated("ACCOUNT_STATE_INVALID", method, map[string]any{"email": a.Email}))
	}
	return a.Email, nil
}

// selfSigned accepts a JWT that a service account signed with its own key, for
// this API or with a scope (https://google.aip.dev/auth/4111).
func (s *Server) selfSigned(t *jwt) (*Account, bool) {
	if s.policy.noSelfSigned || t.claims.String("sub") == "" {
		return nil, false
	}
	a, err := s.signer(t)
	if err != nil || s.checkTime(t.claims) != nil {
		return nil, false
	}
	if t.claims.Time("exp").Sub(t.claims.Time("iat")) > time.Hour {
		return nil, false
	}
	aud := strings.TrimSuffix(t.claims.String("aud"), "/")
	scopes := strings.Fields(t.claims.String("scope"))
	forUs := aud == "https://"+apiService || aud == s.URL
	return a, forUs || slices.Contains(scopes, ScopeCloudPlatform) || slices.Contains(scopes, ScopeIAM)
}
