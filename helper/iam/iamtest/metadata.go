package iamtest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// machine is the virtual machine whose metadata server this is.
type machine struct {
	account  string // attached service account, "" for none
	universe string
	cached   map[string]string // scopes -> token
}

func newMachine() machine { return machine{cached: map[string]string{}} }

// SetMetadataAccount attaches a service account to the machine; "" detaches it.
func (s *Server) SetMetadataAccount(email string) {
	if email != "" {
		s.ServiceAccount(email)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.machine.account, s.machine.cached = email, map[string]string{}
}

// SetMetadataUniverse sets the universe domain; "" answers 404, as machines
// outside other universes may.
func (s *Server) SetMetadataUniverse(domain string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.machine.universe = domain
}

// SetMetadataMinimum says when the metadata server renews a token that it has
// given out before: the default is with 5 minutes left. With zero it gives
// tokens with seconds to live, as on GKE.
func (s *Server) SetMetadataMinimum(left time.Duration) {
	s.set(func(p *policy) { p.metadataMinLeft = left })
}

// serveMetadata is metadata.google.internal. GET / is the probe that needs no
// header.
func (s *Server) serveMetadata(q *request) reply {
	r := s.metadataReply(q)
	return r.with("Metadata-Flavor", "Google").with("Server", "Metadata Server for VM")
}

func (s *Server) metadataReply(q *request) reply {
	if q.URL.Path == "/" {
		return text(200, "computeMetadata/\n")
	}
	if q.Header.Get("Metadata-Flavor") != "Google" {
		return text(403, `Missing required header "Metadata-Flavor": "Google"`)
	}
	if q.Header.Get("X-Forwarded-For") != "" {
		return text(403, "X-Forwarded-For is not allowed")
	}
	path := strings.TrimPrefix(q.URL.Path, "/computeMetadata/v1")
	switch strings.TrimSuffix(path, "/") {
	case "", "/instance", "/project":
		return text(200, "instance/\nproject/\n")
	case "/project/project-id":
		return text(200, Project)
	case "/project/numeric-project-id":
		return text(200, ProjectNumber)
	case "/instance/zone":
		return text(200, "projects/"+ProjectNumber+"/zones/europe-west3-a")
	case "/universe/universe-domain", "/universe/universe_domain":
		if s.machine.universe != "" {
			return text(200, s.machine.universe)
		}
		return page(404)
	}
	rest, isAccount := strings.CutPrefix(path, "/instance/service-accounts")
	a := s.accounts[s.machine.account]
	if !isAccount {
		return page(404)
	}
	return s.metadataAccount(q, a, strings.Trim(rest, "/"))
}

func (s *Server) metadataAccount(q *request, a *Account, rest string) reply {
	if rest == "" {
		if a == nil {
			return text(200, "")
		}
		return text(200, "default/\n"+a.Email+"/\n")
	}
	name, leaf, _ := strings.Cut(rest, "/")
	if a == nil || (name != "default" && name != a.Email) {
		return page(404)
	}
	q.call.Principal = a.Email
	scopes := []string{ScopeCloudPlatform}
	switch leaf {
	case "":
		if q.URL.Query().Get("recursive") == "true" {
			return ok(map[string]any{"aliases": []any{"default"}, "email": a.Email, "scopes": scopes})
		}
		return text(200, "aliases\nemail\nidentity\nscopes\ntoken\n")
	case "email":
		return text(200, a.Email)
	case "aliases":
		return text(200, "default\n")
	case "scopes":
		return text(200, strings.Join(scopes, "\n")+"\n")
	case "token":
		return s.metadataToken(q, a, scopes)
	case "identity":
		return s.metadataIdentity(q, a)
	}
	return page(404)
}

// metadataToken answers from the metadata server's own cache.
func (s *Server) metadataToken(q *request, a *Account, scopes []string) reply {
	if a.disabled {
		return text(403, "Service account is disabled.\n")
	}
	if asked := q.URL.Query().Get("scopes"); asked != "" {
		scopes = strings.Split(asked, ",")
	}
	q.call.Scopes = scopes
	key := strings.Join(scopes, ",")
	token := s.machine.cached[key]
	now := s.Now()
	if t := s.tokens[token]; t == nil || t.revoked || t.expiry.Sub(now) <= s.policy.metadataMinLeft {
		token, _ = s.mint(a.Email, scopes, s.sourceLife())
		s.machine.cached = maps.Clone(s.machine.cached)
		s.machine.cached[key] = token
	}
	left := int64(s.tokens[token].expiry.Sub(now) / time.Second)
	return ok(map[string]any{"access_token": token, "expires_in": max(left, 0), "token_type": "Bearer"})
}

func (s *Server) metadataIdentity(q *request, a *Account) reply {
	query := q.URL.Query()
	audience := query.Get("audience")
	if audience == "" {
		return text(400, "non-empty audience parameter required\n")
	}
	q.call.Audience = audience
	full := slices.Contains(query["format"], "full")
	claims := s.idClaims(a, audience, full, false)
	if full {
		claims["google"] = map[string]any{"compute_engine": map[string]any{
			"project_id": Project, "project_number": ProjectNumber, "zone": "europe-west3-a", "instance_name": "demo",
		}}
	}
	return text(200, signJWT(s.google(), claims))
}
