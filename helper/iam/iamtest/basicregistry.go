package iamtest

import (
	"fmt"
	"net/http"
)

// BasicRegistry is an OCI registry in memory whose every request carries a user
// name and a password, as Amazon's does. What is right is the caller's to say.
type BasicRegistry struct {
	images
	// Realm and Service are those of the challenge.
	Realm, Service string
	// TLS serves https by the Server's authority.
	TLS bool

	check func(user, password string) bool
}

// NewBasicRegistry makes a BasicRegistry that lets in whom check says. It is an
// http.Handler; Start gives it a port.
func NewBasicRegistry(s *Server, check func(user, password string) bool) *BasicRegistry {
	r := &BasicRegistry{check: check, Realm: "registry", Service: "registry"}
	r.images.init(s)
	return r
}

// Start serves on a loopback port of its own until the Server closes, and sets
// URL and Host.
func (r *BasicRegistry) Start() error { return r.start(r, r.TLS) }

// ServeHTTP serves the distribution API.
func (r *BasicRegistry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	user, password, basic := q.BasicAuth()
	if !basic || !r.check(user, password) {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q,service=%q", r.Realm, r.Service))
		r.refuse(w, q, "", http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
		return
	}
	r.serve(w, q, user, user)
}
