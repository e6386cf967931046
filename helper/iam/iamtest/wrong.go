package iamtest

import (
	"maps"
	"strings"
	"time"
)

// bend does the part of a fault that spoils a good reply.
func (s *Server) bend(r reply, f *Fault) reply {
	if f == nil {
		return r
	}
	r.cut = f.Truncate
	if f.RetryAfter != "" {
		r = r.with("Retry-After", f.RetryAfter)
	}
	if r.status != 200 || r.json == nil {
		return r
	}
	r.json = maps.Clone(r.json)
	s.spoil(r.json, f.Wrong)
	if f.Edit != nil {
		f.Edit(r.json)
	}
	return r
}

func (s *Server) spoil(body map[string]any, w Wrong) {
	switch w {
	case NoExpiry:
		delete(body, "expireTime")
		delete(body, "expires_in")
		s.editJWT(body, func(c Claims) { delete(c, "exp") })
	case PastExpiry:
		s.setExpiry(body, -time.Hour)
	case FarExpiry:
		s.setExpiry(body, 100*365*24*time.Hour)
	case GarbageExpiry:
		replace(body, []string{"expireTime", "expires_in"}, func(any) any { return "soon" })
		s.editJWT(body, func(c Claims) { c["exp"] = "soon" })
	case EmptyToken:
		replace(body, tokenFields(), func(any) any { return "" })
	case NoToken:
		for _, name := range tokenFields() {
			delete(body, name)
		}
	case NewlineToken:
		replace(body, tokenFields(), func(v any) any { t, _ := v.(string); return t + "\nhost=evil.example.com" })
	case UnparsedString:
		replace(body, tokenFields(), func(any) any { return "not.a-jwt" })
	case OtherAudience:
		s.editJWT(body, func(c Claims) { c["aud"] = "https://other.example.com" })
	case OtherAccount:
		s.editJWT(body, func(c Claims) {
			c["sub"], c["azp"] = "199999999999999999999", "199999999999999999999"
			if c["email"] != nil {
				c["email"] = "other@" + Project + ".iam.gserviceaccount.com"
			}
		})
	case BadSignature:
		replace(body, tokenFields(), tamper)
	}
}

// tokenFields are the fields of any reply that hold a token or signature.
func tokenFields() []string {
	return []string{"accessToken", "access_token", "token", "signedJwt", "signedBlob", "id_token"}
}

func replace(body map[string]any, names []string, change func(any) any) {
	for _, name := range names {
		if v, ok := body[name]; ok {
			body[name] = change(v)
		}
	}
}

func (s *Server) setExpiry(body map[string]any, in time.Duration) {
	at := s.Now().Add(in)
	replace(body, []string{"expireTime"}, func(any) any { return wholeSeconds(at) })
	replace(body, []string{"expires_in"}, func(any) any { return int64(in.Seconds()) })
	s.editJWT(body, func(c Claims) { c["exp"] = at.Unix() })
}

// editJWT changes the claims of an ID token and signs it again.
func (s *Server) editJWT(body map[string]any, change func(Claims)) {
	replace(body, []string{"token"}, func(v any) any {
		raw, _ := v.(string)
		t, err := parseJWT(raw)
		if err != nil {
			return v
		}
		change(t.claims)
		return signJWT(s.google(), t.claims)
	})
}

// tamper changes the last bytes of a token, which keeps its form.
func tamper(v any) any {
	t, _ := v.(string)
	if len(t) < 12 {
		return t
	}
	at := len(t) - 10
	swap := "A"
	if strings.HasPrefix(t[at:], swap) {
		swap = "B"
	}
	return t[:at] + swap + t[at+1:]
}
