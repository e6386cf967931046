package iamtest

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// The OAuth client of every source file made here.
const (
	clientID     = "32555940559-standin.apps.googleusercontent.com"
	clientSecret = "standin-client-secret"

	grantRefresh  = "refresh_token"
	grantJWT      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"

	invalidJWTTime = "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. " +
		"Check your iat and exp values in the JWT claim."
)

// serveToken is oauth2.googleapis.com/token: a user's refresh token or a key
// holder's assertion becomes an access token.
func (s *Server) serveToken(q *request) reply {
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return oauthError(400, "invalid_request", "Could not parse the request body.")
	}
	switch form.Get("grant_type") {
	case grantRefresh:
		return s.refreshUser(q, form)
	case grantJWT:
		return s.assertion(q, form.Get("assertion"))
	}
	return oauthError(400, "unsupported_grant_type", "Invalid grant_type: "+form.Get("grant_type"))
}

func (s *Server) refreshUser(q *request, form url.Values) reply {
	if form.Get("client_id") != clientID {
		return oauthError(401, "invalid_client", "The OAuth client was not found.")
	}
	if form.Get("client_secret") != clientSecret {
		return oauthError(401, "invalid_client", "Unauthorized")
	}
	a := s.accounts[s.refresh[form.Get("refresh_token")]]
	if a == nil || a.kind != user || a.disabled {
		return oauthError(400, "invalid_grant", "Token has been expired or revoked.")
	}
	q.call.Principal = a.Email
	scopes := []string{"openid", "https://www.googleapis.com/auth/userinfo.email", ScopeCloudPlatform}
	if asked := strings.Fields(form.Get("scope")); len(asked) > 0 {
		if slices.ContainsFunc(asked, func(scope string) bool { return !slices.Contains(scopes, scope) }) {
			return oauthError(400, "invalid_scope", "Some requested scopes were invalid.")
		}
		scopes = asked
	}
	if s.policy.rapt != "" && form.Get("rapt") != s.policy.rapt {
		r := oauthError(400, "invalid_grant", "reauth related error (rapt_required)")
		r.json["error_subtype"] = "rapt_required"
		return r
	}
	r := s.tokenReply(a.Email, scopes)
	r.json["id_token"] = signJWT(s.google(), s.idClaims(a, clientID, true, false))
	return r
}

// assertion is the two-legged flow of a service-account key.
func (s *Server) assertion(q *request, raw string) reply {
	t, err := parseJWT(raw)
	if err != nil {
		return oauthError(400, "invalid_grant", "Bad Request")
	}
	email := t.claims.String("iss")
	account := s.accounts[email]
	if account == nil || account.kind != serviceAccount {
		return oauthError(400, "invalid_grant", "Invalid grant: account not found")
	}
	if sub := t.claims.String("sub"); sub != "" && sub != email {
		return oauthError(401, "unauthorized_client", "Client is unauthorized to retrieve access tokens using this method, "+
			"or client not authorized for any of the scopes requested.")
	}
	if _, err := s.signer(t); err != nil {
		return oauthError(400, "invalid_grant", "Invalid JWT Signature.")
	}
	if aud := t.claims.String("aud"); aud != s.URL+"/token" && aud != "https://oauth2.googleapis.com/token" {
		return oauthError(400, "invalid_grant", "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token")
	}
	if s.checkTime(t.claims) != nil || t.claims.Time("exp").Sub(t.claims.Time("iat")) > time.Hour {
		return oauthError(400, "invalid_grant", invalidJWTTime)
	}
	if account.disabled {
		return oauthError(400, "invalid_grant", "Robot is disabled.")
	}
	q.call.Principal = email
	if aud := t.claims.String("target_audience"); aud != "" {
		q.call.Audience = aud
		return ok(map[string]any{"id_token": signJWT(s.google(), s.idClaims(account, aud, true, false))})
	}
	scopes := strings.Fields(t.claims.String("scope"))
	if len(scopes) == 0 {
		return oauthError(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.")
	}
	q.call.Scopes = scopes
	return s.tokenReply(email, scopes)
}

// serveOAuthToken is sts.googleapis.com/v1/oauthtoken: the refresh token of a
// workforce login, with the client in a Basic header.
func (s *Server) serveOAuthToken(q *request) reply {
	form, err := url.ParseQuery(string(q.body))
	if err != nil {
		return oauthError(400, "invalid_request", "Could not parse the request body.")
	}
	id, secret, basic := q.BasicAuth()
	if !basic || id != url.QueryEscape(clientID) && id != clientID || secret != clientSecret {
		return oauthError(401, "invalid_client", "The OAuth client was not found.")
	}
	if form.Get("grant_type") != grantRefresh {
		return oauthError(400, "unsupported_grant_type", "Invalid grant_type: "+form.Get("grant_type"))
	}
	old := form.Get("refresh_token")
	a := s.accounts[s.refresh[old]]
	if a == nil || a.kind != federated || a.disabled {
		return oauthError(400, "invalid_grant", "Token has been expired or revoked.")
	}
	q.call.Principal = a.Email
	r := s.tokenReply(a.Email, []string{ScopeCloudPlatform})
	if s.policy.rotateRefresh {
		delete(s.refresh, old)
		a.refresh++
		r.json["refresh_token"] = s.issueRefresh(a)
	}
	return r
}

// issueRefresh makes the account's current refresh token good.
func (s *Server) issueRefresh(a *Account) string {
	token := a.refreshToken()
	s.refresh[token] = a.Email
	return token
}

func serveSignIn(*request) reply {
	return reply{status: 200, kind: "text/html; charset=UTF-8", raw: []byte("<!DOCTYPE html><title>Sign in</title>\n")}
}
