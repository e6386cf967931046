package git

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// internet is a proxy that leads host names to servers on loopback.
type internet struct {
	url string

	mu     sync.Mutex
	routes map[string]string // host in lower case:port -> address
	asked  []string
}

func newInternet(t *testing.T) *internet {
	n := &internet{routes: map[string]string{}}
	s := httptest.NewServer(n)
	t.Cleanup(s.CloseClientConnections)
	t.Cleanup(s.Close)
	n.url = s.URL
	return n
}

// lead makes a host (port 443 unless it has one) that of the server at baseURL.
func (n *internet) lead(host, baseURL string) {
	if !strings.Contains(host, ":") {
		host += ":443"
	}
	_, address, _ := strings.Cut(baseURL, "://")
	n.mu.Lock()
	defer n.mu.Unlock()
	n.routes[strings.ToLower(host)] = address
}

// ServeHTTP serves the CONNECT requests.
func (n *internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	address := n.routes[strings.ToLower(r.Host)]
	n.asked = append(n.asked, r.Host)
	n.mu.Unlock()
	if r.Method != http.MethodConnect || address == "" {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	to, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	from, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close()
		return
	}
	_, _ = io.WriteString(from, "HTTP/1.1 200 Connected\r\n\r\n")
	go pipe(to, from, buffered.Reader)
	go pipe(from, to, bufio.NewReader(to))
}

// pipe copies until either end closes, and then closes both.
func pipe(to, from net.Conn, in io.Reader) {
	_, _ = io.Copy(to, in)
	_ = to.Close()
	_ = from.Close()
}

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
		w.net.lead(h, url)
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
	w.net.lead(host, g.URL)
	return g
}
