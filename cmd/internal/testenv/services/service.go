// Package services is the servers that tools beyond docker and git work with: the API
// server of a Kubernetes cluster, a Python index, an npm registry, a cargo registry,
// a Terraform module registry and a store of Git LFS, each as much of it as the real client asks for.
//
// Each lets in nobody without an access token of the stand-in for Google whose account
// it was told of, and notes whom it took every caller for. Nothing is fetched from
// elsewhere: what a registry serves it makes, as demo at 1.0.0. It is for tests.
package services

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Service is one server.
type Service struct {
	// URL is where it listens, on loopback.
	URL string

	iam     *iamtest.Server
	account string
	kind    kind

	mu       sync.Mutex
	requests []Request
}

// kind is what one kind of server is.
type kind struct {
	// challenge is what it answers to who is not let in.
	challenge string
	// open says what it serves to anybody; nil is nothing.
	open    func(*http.Request) bool
	handler http.Handler
}

// Request is one that a service was asked.
type Request struct {
	Method, Path string
	// Principal is who it was from, "" for nobody that is let in.
	Principal string
	// Authorized says that it had a credential, whosever.
	Authorized bool
	// Refused says that it was not served: what is open is served to anybody.
	Refused bool
	// User is the user name beside the token, "" for a Bearer token or none.
	User string
	// Agent is the client's name for itself.
	Agent string
}

// start starts a service that lets in one account, until the stand-in closes.
func start(s *iamtest.Server, account string, k kind) (*Service, error) {
	v := &Service{iam: s, account: account, kind: k}
	url, err := s.Serve(v, true)
	v.URL = url
	return v, err
}

// ServeHTTP serves whoever is let in.
func (v *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, token := login(r)
	principal, _, ok := v.iam.Inspect(token)
	if !ok || principal != v.account {
		principal = ""
	}
	refused := principal == "" && (v.kind.open == nil || !v.kind.open(r))
	v.mu.Lock()
	v.requests = append(v.requests, Request{r.Method, r.URL.Path, principal, r.Header.Get("Authorization") != "", refused, user, r.UserAgent()})
	v.mu.Unlock()
	if refused {
		w.Header().Set("WWW-Authenticate", v.kind.challenge)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Unauthorized","message":"Unauthorized","code":401}`))
		return
	}
	v.kind.handler.ServeHTTP(w, r)
}

// login is the user name and the secret of a request, whichever way it has them.
func login(r *http.Request) (user, secret string) {
	if user, password, ok := r.BasicAuth(); ok {
		return user, password
	}
	const bearer = "Bearer "
	if h := r.Header.Get("Authorization"); len(h) > len(bearer) && h[:len(bearer)] == bearer {
		return "", h[len(bearer):]
	}
	return "", ""
}

// Requests are those so far, oldest first.
func (v *Service) Requests() []Request {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.requests)
}

// LetIn are the requests of its account.
func (v *Service) LetIn() []Request {
	return slices.DeleteFunc(v.Requests(), func(q Request) bool { return q.Principal == "" })
}

// Refused are the requests that were not served.
func (v *Service) Refused() []Request {
	return slices.DeleteFunc(v.Requests(), func(q Request) bool { return !q.Refused })
}

// say writes JSON.
func say(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}
