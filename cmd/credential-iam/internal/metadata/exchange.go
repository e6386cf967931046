package metadata

import (
	"net/http"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxForm bounds a request to the token endpoint, in bytes.
const maxForm = 64 << 10

const (
	grantExchange = "urn:ietf:params:oauth:grant-type:token-exchange"
	grantRefresh  = "refresh_token"
	typeAccess    = "urn:ietf:params:oauth:token-type:access_token"
)

// exchange answers an access token for the capability of this run: as a subject token
// (RFC 8693), or as a refresh token (RFC 6749), which is what Java's library takes.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request) int {
	if r.Method != http.MethodPost {
		return failExchange(w, http.StatusMethodNotAllowed, "invalid_request", "a token is asked for with POST")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return failExchange(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
	}
	form := r.PostForm
	member, ok := map[string]string{grantExchange: "subject_token", grantRefresh: "refresh_token"}[form.Get("grant_type")]
	switch {
	case !ok:
		return failExchange(w, http.StatusBadRequest, "unsupported_grant_type", "this endpoint exchanges tokens only")
	case s.Capability.Empty() || !keystore.NewSecret(form.Get(member)).Equal(s.Capability):
		return failExchange(w, http.StatusBadRequest, "invalid_grant", "the "+member+" is not that of this run of credential-iam")
	}
	t, err := s.Tokens.Access(r.Context(), scopes(form["scope"]))
	if err != nil {
		e := helper.AsError(err)
		status, code := http.StatusBadRequest, "invalid_grant"
		if e.Unreachable {
			status, code = http.StatusServiceUnavailable, "temporarily_unavailable"
		}
		return failExchange(w, status, code, "credential-iam: "+e.Error())
	}
	answer := s.reply(t)
	if member == "subject_token" {
		answer.IssuedTokenType = typeAccess
	}
	return sendJSON(w, http.StatusOK, answer)
}

// failExchange answers an error of OAuth.
func failExchange(w http.ResponseWriter, status int, code, why string) int {
	return sendJSON(w, status, map[string]string{"error": code, "error_description": why})
}
