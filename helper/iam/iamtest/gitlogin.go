package iamtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// GitLogin is the kind of login of a GitServer.
type GitLogin int

const (
	// GitAccessToken takes Basic with an access token as the password, like
	// source.developers.google.com and *.sourcemanager.dev.
	GitAccessToken GitLogin = iota
	// GitIDPassword takes Basic with an ID token as the password.
	GitIDPassword
	// GitCloudRun takes Bearer ID tokens; without one it says 403, and so gives
	// git no cause to ask its helper.
	GitCloudRun
	// GitIAP takes Bearer ID tokens or JWTs signed by the account; without one it
	// sends the caller to a sign-in page.
	GitIAP
	// GitBearer is GitCloudRun with a proper challenge (401) instead of the 403.
	GitBearer
)

const serverlessHeader = "X-Serverless-Authorization"

// login identifies the caller into seen; a refusal comes back as the reply.
func (g *GitServer) login(r *http.Request, seen *GitRequest) *reply {
	g.readCredential(r, seen)
	switch g.opts.Login {
	case GitAccessToken, GitIDPassword:
		return g.basicLogin(r, seen)
	}
	if seen.Header == "" {
		return g.withoutToken(r)
	}
	_, token, _ := strings.Cut(r.Header.Get(seen.Header), " ")
	email, ok := g.server.idPrincipal(token, g.audience())
	if !ok && g.opts.Login == GitIAP {
		email, ok = g.server.accountPrincipal(token, g.URL+"/*", g.URL+r.URL.Path)
	}
	if !ok || seen.Kind != "Bearer" {
		refusal := text(http.StatusUnauthorized, "The access token could not be verified\n").
			with("WWW-Authenticate", `Bearer error="invalid_token" error_description="The access token could not be verified"`)
		return &refusal
	}
	seen.Principal = email
	return nil
}

// readCredential looks where the kind of server looks, first one first.
func (g *GitServer) readCredential(r *http.Request, seen *GitRequest) {
	headers := []string{"Authorization"}
	switch g.opts.Login {
	case GitCloudRun, GitBearer:
		headers = []string{serverlessHeader, "Authorization"}
	case GitIAP:
		headers = []string{"Proxy-Authorization", "Authorization"}
	}
	for _, name := range headers {
		if v := r.Header.Get(name); v != "" {
			seen.Header = name
			seen.Kind, _, _ = strings.Cut(v, " ")
			break
		}
	}
	seen.User, _, _ = r.BasicAuth()
}

func (g *GitServer) basicLogin(r *http.Request, seen *GitRequest) *reply {
	refusal := text(http.StatusUnauthorized, "Invalid authentication credentials.\n").
		with("WWW-Authenticate", `Basic realm="git"`)
	user, password, basic := r.BasicAuth()
	if !basic || g.opts.Users != nil && !slices.Contains(g.opts.Users, user) {
		return &refusal
	}
	var email string
	var ok bool
	if g.opts.Login == GitIDPassword {
		email, ok = g.server.idPrincipal(password, g.audience())
	} else {
		var scopes []string
		email, scopes, ok = g.server.Inspect(password)
		ok = ok && slices.Contains(scopes, ScopeCloudPlatform)
	}
	if !ok {
		return &refusal
	}
	seen.Principal = email
	return nil
}

func (g *GitServer) withoutToken(r *http.Request) *reply {
	var refusal reply
	switch g.opts.Login {
	case GitIAP:
		back := url.QueryEscape(g.URL + r.URL.Path)
		refusal = page(http.StatusFound).with("Location", g.server.URL+"/o/oauth2/v2/auth?redirect_uri="+back)
	case GitBearer:
		refusal = text(http.StatusUnauthorized, "Unauthorized\n").with("WWW-Authenticate", `Bearer realm="git"`)
	default:
		refusal = page(http.StatusForbidden)
	}
	return &refusal
}

func (g *GitServer) audience() string {
	if g.opts.Audience != "" {
		return g.opts.Audience
	}
	return g.URL
}

// idPrincipal is the verified e-mail in a good ID token of an active account.
func (s *Server) idPrincipal(token, audience string) (string, bool) {
	c, err := s.VerifyIDToken(token, audience)
	if err != nil {
		return "", false
	}
	email := c.String("email")
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[email]
	return email, a != nil && a.UniqueID == c.String("sub") && !a.disabled && c["email_verified"] == true
}

// accountPrincipal is the account that signed a JWT for one of the audiences.
func (s *Server) accountPrincipal(token string, audiences ...string) (string, bool) {
	for _, audience := range audiences {
		c, err := s.VerifyAccountJWT(token, audience)
		if err != nil || c.String("sub") == "" {
			continue
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return c.String("iss"), s.active(c.String("iss"))
	}
	return "", false
}
