package git

import (
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// rogue is a server of an attacker's, or any other that must not get a token. It
// asks for one, or does what answer says.
type rogue struct {
	answer http.HandlerFunc

	mu   sync.Mutex
	seen []http.Header
}

// newRogue starts a rogue at the hosts.
func (w *world) newRogue(t *testing.T, answer http.HandlerFunc, hosts ...string) *rogue {
	t.Helper()
	r := &rogue{answer: answer}
	if answer == nil {
		r.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Add("WWW-Authenticate", `Bearer realm="please"`)
			w.Header().Add("WWW-Authenticate", `Basic realm="please"`)
			http.Error(w, "who are you", http.StatusUnauthorized)
		}
	}
	url, err := w.iam.Serve(r, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range hosts {
		w.net.Lead(h, url)
	}
	return r
}

// ServeHTTP notes what it is sent.
func (r *rogue) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.seen = append(r.seen, q.Header.Clone())
	r.mu.Unlock()
	r.answer(w, q)
}

// requests counts what it was asked.
func (r *rogue) requests() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.seen)
}

// wantNothing fails the test if the rogue was sent a credential in any header. The
// user name of a URL, with no password, is no credential: git sends it as it is.
func (r *rogue) wantNothing(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, h := range r.seen {
		for name, values := range h {
			q := http.Request{Header: h}
			_, password, basic := q.BasicAuth()
			switch {
			case name == "Authorization" && basic && password == "":
			case name == "Authorization", name == "Proxy-Authorization", name == "Cookie", slices.ContainsFunc(values, holdsToken):
				t.Errorf("the rogue was sent the header %s", name)
			}
		}
	}
}

// newGit starts a git server at a host; account may push there.
func (w *world) newGit(t *testing.T, host, account string, opts iamtest.GitOptions) *iamtest.GitServer {
	t.Helper()
	opts.Dir, opts.TLS = w.Folder(t, "served-"), true
	g, err := iamtest.NewGitServer(w.iam, opts)
	if err != nil {
		t.Fatal(err)
	}
	g.AllowWriter(account)
	w.net.Lead(host, g.URL)
	return g
}
