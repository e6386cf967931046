package iamtest

import (
	"io"
	"log"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
)

// Push is one manifest that was stored.
type Push struct {
	// Principal and User are who pushed and the user name that was given.
	Principal, User string
	// Repository is the name without the host, Reference a tag or digest.
	Repository, Reference, Digest string
}

// RegistryRequest is one request to a registry, as far as login is concerned.
type RegistryRequest struct {
	Method, Path string
	// Kind is the scheme of the Authorization header as sent, "" without one.
	Kind string
	// User is the Basic user name. Principal is whom the registry took the caller for.
	User, Principal string
	Status          int
}

// images is an OCI registry in memory with a record of what happened; the login
// is up to its owner.
type images struct {
	// URL and Host are set by Start.
	URL, Host string

	store  http.Handler
	server *Server

	mu     sync.Mutex
	pushes []Push
	seen   []RegistryRequest
}

func (m *images) init(s *Server) {
	m.server = s
	m.store = registry.New(registry.Logger(log.New(io.Discard, "", 0)))
}

func (m *images) start(h http.Handler, useTLS bool) error {
	l, err := m.server.listen(h, useTLS)
	if err != nil {
		return err
	}
	m.URL, m.Host = l.url, l.host
	return nil
}

// Pushes returns what was pushed, oldest first.
func (m *images) Pushes() []Push {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.pushes)
}

// Requests returns every request so far.
func (m *images) Requests() []RegistryRequest {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen)
}

// Users returns the Basic user names seen, each once, in order.
func (m *images) Users() []string {
	var users []string
	for _, r := range m.Requests() {
		if r.User != "" && !slices.Contains(users, r.User) {
			users = append(users, r.User)
		}
	}
	return users
}

// serve hands a request that has passed the login to the store.
func (m *images) serve(w http.ResponseWriter, r *http.Request, principal, user string) {
	sw := &statusWriter{ResponseWriter: w}
	m.store.ServeHTTP(sw, r)
	m.note(r, principal, sw.status)
	repo, kind, reference := resource(r.URL.Path)
	if kind == "manifests" && r.Method == http.MethodPut && sw.status == http.StatusCreated {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.pushes = append(m.pushes, Push{
			Principal: principal, User: user, Repository: repo, Reference: reference,
			Digest: w.Header().Get("Docker-Content-Digest"),
		})
	}
}

func (m *images) note(r *http.Request, principal string, status int) {
	kind, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	name, _, _ := r.BasicAuth()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.seen = append(m.seen, RegistryRequest{
		Method: r.Method, Path: r.URL.Path, Kind: kind, User: name, Principal: principal, Status: status,
	})
}

// refuse answers with the error form of the distribution API.
func (m *images) refuse(w http.ResponseWriter, r *http.Request, principal string, status int, code, message string) {
	m.note(r, principal, status)
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	reply{status: status, json: map[string]any{"errors": []any{map[string]any{"code": code, "message": message}}}}.write(w)
}

var resourcePath = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^/v2/(.+)/(manifests|blobs|tags|referrers)/(.*)$`)
})

func resource(path string) (repository, kind, rest string) {
	if m := resourcePath().FindStringSubmatch(path); m != nil {
		return m[1], m[2], m[3]
	}
	return "", "", ""
}

func writes(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
