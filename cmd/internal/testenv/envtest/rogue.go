package envtest

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Rogue is a server of an attacker's, or any other that must not get a token.
type Rogue struct {
	answer http.HandlerFunc

	mu   sync.Mutex
	seen []http.Header
}

// NewRogue starts a rogue at the hosts, until the test ends. It asks for a
// credential, or does what answer says.
func (n *Internet) NewRogue(t testing.TB, s *iamtest.Server, answer http.HandlerFunc, hosts ...string) *Rogue {
	t.Helper()
	r := &Rogue{answer: answer}
	if answer == nil {
		r.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("WWW-Authenticate", `Bearer realm="please"`)
			w.Header().Add("WWW-Authenticate", `Basic realm="please"`)
			http.Error(w, "who are you", http.StatusUnauthorized)
		}
	}
	url, err := s.Serve(r, true)
	Check(t, err)
	for _, h := range hosts {
		n.Lead(h, url)
	}
	return r
}

// ServeHTTP notes what it is sent.
func (r *Rogue) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, q.Header.Clone())
	r.mu.Unlock()
	r.answer(w, q)
}

// Requests counts what it was asked.
func (r *Rogue) Requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// WantNothing fails the test if the rogue was sent a credential in any header. The
// user name of a URL, with no password, is no credential: git and pip send it as it is.
func (r *Rogue) WantNothing(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	holds := func(value string) bool { return testenv.Leak(value, testenv.Marks) != "" }
	for _, h := range r.seen {
		for name, values := range h {
			q := http.Request{Header: h}
			_, password, basic := q.BasicAuth()
			switch {
			case name == "Authorization" && basic && password == "":
			case name == "Authorization", name == "Proxy-Authorization", name == "Cookie", slices.ContainsFunc(values, holds):
				t.Errorf("the rogue was sent the header %s", name)
			}
		}
	}
}
