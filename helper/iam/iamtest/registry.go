package iamtest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// RegistryOptions say how a Registry is made.
type RegistryOptions struct {
	// TLS serves https by the Server's authority.
	TLS bool
	// Users are the Basic user names for access tokens; nil means Google's.
	Users []string
	// TokenLifetime is that of registry tokens, five minutes if zero.
	TokenLifetime time.Duration
}

// Registry is an OCI registry in memory behind Artifact Registry's login: /v2/
// wants a registry token, which /v2/token gives to the bearer of an access
// token of the Server.
type Registry struct {
	images
	access
	opts RegistryOptions
}

// NewRegistry makes a Registry. It is an http.Handler; Start gives it a port.
func NewRegistry(s *Server, opts RegistryOptions) *Registry {
	if opts.TokenLifetime == 0 {
		opts.TokenLifetime = 5 * time.Minute
	}
	r := &Registry{opts: opts}
	r.images.init(s)
	return r
}

// Start serves on a loopback port of its own until the Server closes, and sets
// URL and Host.
func (r *Registry) Start() error { return r.start(r, r.opts.TLS) }

// ServeHTTP serves the distribution API and the token realm.
func (r *Registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	if q.URL.Path == "/v2/token" {
		r.serveToken(w, q)
		return
	}
	if q.URL.Path != "/v2" && !strings.HasPrefix(q.URL.Path, "/v2/") {
		notFoundPage(q.URL.Path).write(w)
		return
	}
	claims, err := r.verify(q)
	if err != nil {
		r.challenge(w, q)
		return
	}
	principal, user := claims.String("sub"), claims.String("user")
	if repo, _, _ := resource(q.URL.Path); repo != "" {
		action := "pull"
		if writes(q) {
			action = "push"
		}
		if !granted(claims, repo, action) {
			r.refuse(w, q, principal, http.StatusForbidden, "DENIED", deniedText(action))
			return
		}
	}
	r.serve(w, q, principal, user)
}

func deniedText(action string) string {
	permission := "artifactregistry.repositories.downloadArtifacts"
	if action == "push" {
		permission = "artifactregistry.repositories.uploadArtifacts"
	}
	return fmt.Sprintf("Permission %q denied on resource (or it may not exist)", permission)
}

// challenge sends a client to the token realm.
func (r *Registry) challenge(w http.ResponseWriter, q *http.Request) {
	scheme := "http"
	if q.TLS != nil {
		scheme = "https"
	}
	value := fmt.Sprintf(`Bearer realm="%s://%s/v2/token",service="%s"`, scheme, q.Host, q.Host)
	if repo, _, _ := resource(q.URL.Path); repo != "" {
		actions := "pull"
		if writes(q) {
			actions = "pull,push"
		}
		value += fmt.Sprintf(`,scope="repository:%s:%s"`, repo, actions)
	}
	w.Header().Set("WWW-Authenticate", value)
	r.refuse(w, q, "", http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
}

// serveToken is the realm. Google answers POST, the OAuth form, with 404.
func (r *Registry) serveToken(w http.ResponseWriter, q *http.Request) {
	if q.Method != http.MethodGet {
		r.note(q, "", http.StatusNotFound)
		notFoundPage(q.URL.Path).write(w)
		return
	}
	user, password, basic := q.BasicAuth()
	if !basic || !r.acceptsUser(user) {
		r.refuse(w, q, "", http.StatusUnauthorized, "UNAUTHORIZED", "authentication failed")
		return
	}
	principal, scopes, ok := r.server.Inspect(password)
	if !ok {
		r.refuse(w, q, "", http.StatusUnauthorized, "UNAUTHORIZED", "authentication failed")
		return
	}
	write := slices.Contains(scopes, ScopeCloudPlatform) || slices.Contains(scopes, ScopeStorageWrite)
	if !r.mayRead(principal) || !write && !slices.Contains(scopes, ScopeStorageRead) {
		r.refuse(w, q, principal, http.StatusForbidden, "DENIED", deniedText("pull"))
		return
	}
	now := r.server.Now()
	token := signJWT(r.key(), Claims{
		"iss": "registry", "aud": q.Host, "sub": principal, "user": user,
		"access": r.grantable(q, principal, write),
		"iat":    now.Unix(), "exp": now.Add(r.opts.TokenLifetime).Unix(),
	})
	r.note(q, principal, http.StatusOK)
	ok200 := map[string]any{"token": token, "expires_in": int64(r.opts.TokenLifetime / time.Second), "issued_at": wholeSeconds(now)}
	reply{status: http.StatusOK, json: ok200}.write(w)
}

// acceptsUser knows the names that Google documents and its tools send; the
// version in docker-credential-gcr's must not be empty (docker-credential-gcr#129).
func (r *Registry) acceptsUser(user string) bool {
	if r.opts.Users != nil {
		return slices.Contains(r.opts.Users, user)
	}
	return user == "oauth2accesstoken" || user == "_token" || user == "_dcgcloud_token" ||
		regexp.MustCompile(`^_dcgcr_[0-9][0-9a-z_.]*_token$`).MatchString(user)
}

// grantable is the part of the scopes asked for that the principal may have.
func (r *Registry) grantable(q *http.Request, principal string, write bool) []string {
	granted := []string{}
	for _, scope := range strings.Fields(strings.Join(q.URL.Query()["scope"], " ")) {
		rest, isRepo := strings.CutPrefix(scope, "repository:")
		i := strings.LastIndex(rest, ":")
		if !isRepo || i < 0 {
			continue
		}
		for action := range strings.SplitSeq(rest[i+1:], ",") {
			if action == "pull" || write && r.mayWrite(principal) && (action == "push" || action == "delete") {
				granted = append(granted, "repository:"+rest[:i]+":"+action)
			}
		}
	}
	return granted
}

func (r *Registry) key() *Key { return &Key{ID: keyID("registry"), Private: poolKey(googleKey)} }

// verify checks the registry token of a request.
func (r *Registry) verify(q *http.Request) (Claims, error) {
	raw, _ := strings.CutPrefix(q.Header.Get("Authorization"), "Bearer ")
	t, err := parseJWT(raw)
	if err != nil {
		return nil, err
	}
	if err := t.verify(r.key()); err != nil {
		return nil, err
	}
	if aud := t.claims.String("aud"); aud != q.Host {
		return nil, fmt.Errorf("token is for %q", aud)
	}
	return t.claims, r.server.checkTime(t.claims)
}

func granted(c Claims, repository, action string) bool {
	list, _ := c["access"].([]any)
	return slices.Contains(list, any("repository:"+repository+":"+action))
}
