package metadata

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// Account is whom the server answers for.
type Account struct {
	// Email is the account's e-mail, its numeric id where only that is known, or
	// "" for neither.
	Email string
	// Project is the id of the project to work in, Number its number; "" where they
	// are not known, which is answered 404.
	Project, Number string
	// Universe is the domain of the account's universe.
	Universe string
	// Scopes are those of an access token for which none are asked.
	Scopes []string
}

// Tokens are those of the account.
type Tokens interface {
	// Access returns an access token with the scopes, or with those of the account
	// where none are asked for.
	Access(ctx context.Context, scopes []string) (helper.Token, error)
	// ID returns an ID token for an audience.
	ID(ctx context.Context, audience string) (helper.Token, error)
}

// Server answers as an account. It is safe for concurrent use.
type Server struct {
	Account Account
	Tokens  Tokens
	Now     func() time.Time
	Log     helper.Log
	// Host is the Host that requests must be for, "" for any: then there must be a
	// Path.
	Host string
	// Path is what every path begins with, "/SECRET", or "".
	Path string
	// Capability is the subject token that the token endpoint takes.
	Capability keystore.Secret
}

// TokenPath is the path of the token endpoint.
const TokenPath = "/v1/token"

// flavor marks requests and replies of the metadata server.
const flavor = "Metadata-Flavor"

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status := s.serve(w, r)
	s.Log.Printf("exec: %s %s: %d", helper.OneLine(r.Method, 20), helper.OneLine(s.withoutSecret(r.URL.Path), 120), status)
}

// withoutSecret returns a path without the secret, wherever it is: a client that joins
// paths wrongly is refused, and says it all the same.
func (s *Server) withoutSecret(path string) string {
	if s.Path == "" {
		return path
	}
	return strings.ReplaceAll(path, s.Path, "")
}

// serve answers and returns the status.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) int {
	w.Header().Set(flavor, "Google")
	w.Header().Set("Server", helper.ExecServer) // our own source "metadata" refuses it
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	path, why := s.allowed(r)
	switch {
	case why != "":
		return text(w, http.StatusForbidden, why)
	case path == TokenPath:
		return s.exchange(w, r)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return text(w, http.StatusMethodNotAllowed, "the metadata server is only read")
	case path == "/" || path == "": // the probe of Java and Python; nothing is there
		return text(w, http.StatusOK, "computeMetadata/")
	case r.Header.Get(flavor) != "Google":
		return text(w, http.StatusForbidden, `Missing required header "Metadata-Flavor": "Google"`)
	}
	return s.metadata(w, r, path)
}

// allowed returns the path that is asked for without the secret before it, or why the
// request is refused.
func (s *Server) allowed(r *http.Request) (path, why string) {
	for _, name := range []string{"X-Forwarded-For", "Forwarded"} {
		if len(r.Header.Values(name)) > 0 {
			return "", name + " is not allowed: a request must not come through a proxy"
		}
	}
	if s.Host != "" && !strings.EqualFold(r.Host, s.Host) {
		return "", "this server is asked by the name " + s.Host + " only"
	}
	path = r.URL.Path
	if s.Path == "" {
		return path, ""
	}
	if len(path) < len(s.Path) || subtle.ConstantTimeCompare([]byte(path[:len(s.Path)]), []byte(s.Path)) != 1 {
		return "", "the path does not begin as it must"
	}
	return path[len(s.Path):], ""
}

// text answers with a line.
func text(w http.ResponseWriter, status int, line string) int {
	return raw(w, status, "application/text", []byte(line))
}

// raw answers with a body.
func raw(w http.ResponseWriter, status int, kind string, body []byte) int {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
	return status
}
