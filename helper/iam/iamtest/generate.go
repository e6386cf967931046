package iamtest

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const maxLifetime = 12 * time.Hour

func (s *Server) generateAccessToken(_ *request, a *Account, b body) reply {
	if len(b.Scope) == 0 {
		return invalidArgument("Request contains an invalid argument.")
	}
	for _, scope := range b.Scope {
		if scope == "" || strings.ContainsAny(scope, " \t\r\n") {
			return invalidArgument("Request contains an invalid argument.")
		}
	}
	life, valid := lifetime(b.Lifetime)
	switch {
	case !valid || life > maxLifetime:
		return invalidArgument("Request contains an invalid argument.")
	case life > time.Hour && !s.policy.longLifetimes[a.Email]:
		return lifetimeTooLong(a.Email)
	}
	if limit := s.policy.accessLifetime; limit > 0 {
		life = min(life, limit)
	}
	token, expiry := s.mint(a.Email, b.Scope, life)
	return ok(map[string]any{"accessToken": token, "expireTime": wholeSeconds(expiry)})
}

// lifetime reads a protobuf Duration in JSON; absent is an hour.
func lifetime(v string) (time.Duration, bool) {
	if v == "" {
		return time.Hour, true
	}
	if !regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]{1,9})?s$`).MatchString(v) {
		return 0, false
	}
	seconds, err := strconv.ParseFloat(strings.TrimSuffix(v, "s"), 64)
	if err != nil || seconds <= 0 || seconds > math.MaxInt32 {
		return 0, false
	}
	return time.Duration(seconds * float64(time.Second)), true
}

func (s *Server) generateIDToken(_ *request, a *Account, b body) reply {
	if b.Audience == "" {
		return invalidArgument("Request contains an invalid argument.")
	}
	return ok(map[string]any{
		"token": signJWT(s.google(), s.idClaims(a, b.Audience, b.IncludeEmail, b.OrganizationNumberIncluded)),
	})
}

func (s *Server) idClaims(a *Account, audience string, withEmail, withOrg bool) Claims {
	now := s.Now()
	c := Claims{
		"iss": "https://accounts.google.com", "aud": audience, "azp": a.UniqueID, "sub": a.UniqueID,
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	if withEmail {
		c["email"], c["email_verified"] = a.Email, true
	}
	if withOrg {
		c["google"] = map[string]any{"organization_number": s.policy.organization}
	}
	return c
}

func (s *Server) signBlob(_ *request, a *Account, b body) reply {
	payload, err := base64.StdEncoding.DecodeString(b.Payload)
	if err != nil {
		return invalidArgument("Invalid value at 'payload' (TYPE_BYTES), Base64 decoding failed for \"" + clip(b.Payload) + "\"")
	}
	k := a.systemManaged()
	return ok(map[string]any{"keyId": k.ID, "signedBlob": base64.StdEncoding.EncodeToString(signBytes(k, payload))})
}

func clip(v string) string { return v[:min(len(v), 32)] }

func (s *Server) signJwt(_ *request, a *Account, b body) reply {
	var claims map[string]json.RawMessage
	if err := json.Unmarshal([]byte(b.Payload), &claims); err != nil || claims == nil {
		return invalidArgument("Payload is not a JSON object.")
	}
	if raw, given := claims["exp"]; given {
		exp, err := strconv.ParseInt(string(raw), 10, 64)
		now := s.Now()
		switch {
		case err != nil:
			return invalidArgument("'exp' must be an integer timestamp in seconds.")
		case exp <= now.Unix():
			return invalidArgument("'exp' must be in the future.")
		case exp > now.Add(maxLifetime).Unix():
			return invalidArgument("'exp' must be no more than 12 hours in the future.")
		}
	}
	k := a.systemManaged()
	return ok(map[string]any{"keyId": k.ID, "signedJwt": signJWT(k, b.Payload)})
}
