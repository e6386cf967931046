package metadata

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// reply is an access token as both servers answer it.
type reply struct {
	AccessToken     string `json:"access_token"`
	IssuedTokenType string `json:"issued_token_type,omitempty"`
	ExpiresIn       int64  `json:"expires_in"`
	TokenType       string `json:"token_type"`
}

// reply returns an access token's.
func (s *Server) reply(t helper.Token) reply {
	return reply{AccessToken: t.Secret.Reveal(), ExpiresIn: max(int64(t.Expires.Sub(s.Now()).Seconds()), 0), TokenType: "Bearer"}
}

// token answers an access token: ?scopes=A,B.
func (s *Server) token(w http.ResponseWriter, r *http.Request) int {
	t, err := s.Tokens.Access(r.Context(), scopes(r.URL.Query()["scopes"]))
	if err != nil {
		return refuse(w, err)
	}
	return sendJSON(w, http.StatusOK, s.reply(t))
}

// identity answers an ID token: ?audience=A&format=full. It has the account's e-mail in
// either format; there is no machine for the rest of "full".
func (s *Server) identity(w http.ResponseWriter, r *http.Request) int {
	audience := r.URL.Query().Get("audience")
	if audience == "" {
		return text(w, http.StatusBadRequest, "non-empty audience parameter required")
	}
	t, err := s.Tokens.ID(r.Context(), audience)
	if err != nil {
		return refuse(w, err)
	}
	return text(w, http.StatusOK, t.Secret.Reveal())
}

// scopes reads a list that is divided by commas or blanks.
func scopes(values []string) []string {
	return strings.FieldsFunc(strings.Join(values, ","), func(c rune) bool { return c == ',' || c == ' ' })
}

// refuse answers why there is no token, in words. Libraries try again after 503.
func refuse(w http.ResponseWriter, err error) int {
	e := helper.AsError(err)
	status := http.StatusForbidden
	switch {
	case e.Unreachable:
		status = http.StatusServiceUnavailable
	case e.Code == "not-found":
		status = http.StatusNotFound
	}
	return text(w, status, "credential-iam: "+e.Error())
}

// sendJSON answers with a JSON object.
func sendJSON(w http.ResponseWriter, status int, v any) int {
	b, _ := json.Marshal(v) // strings and numbers alone
	return raw(w, status, "application/json", b)
}
