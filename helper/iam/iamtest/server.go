package iamtest

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options say how a Server is made. The zero value is plain http on the real
// clock.
type Options struct {
	// TLS serves https (HTTP/1.1 and HTTP/2) with a throw-away authority.
	TLS bool
	// Hosts are further DNS names that the TLS certificate is good for.
	Hosts []string
	// Now is the server's clock; nil means time.Now.
	Now func() time.Time
	// Latency is waited for before every reply but those of the metadata server.
	Latency time.Duration
	// TokenBytes is the length of an access token, 1024 if zero.
	TokenBytes int
	// Control serves /_test/, for tests that run programs in other processes.
	Control bool
}

// Server is the stand-in. All its methods may be called concurrently.
type Server struct {
	// URL is the base URL without a trailing slash: http://127.0.0.1:PORT.
	URL string
	// CAPEM is the certificate of the authority behind everything that is served
	// over TLS, a Registry and a GitServer of this Server included.
	CAPEM []byte

	opts      Options
	ca        *authority
	done      chan struct{}
	closeOnce sync.Once
	metadata  string
	streamed  atomic.Int64

	clockMu sync.Mutex
	clock   func() time.Time
	skew    time.Duration

	lifeMu    sync.Mutex
	listeners []*listener
	caFile    string

	mu sync.Mutex // guards all that follows; endpoints run with it held
	state
}

// state is what a Server knows and remembers.
type state struct {
	accounts   map[string]*Account // by e-mail
	grants     map[edge]bool
	tokens     map[string]*accessToken
	refresh    map[string]string // refresh token -> e-mail or principal
	machine    machine
	policy     policy
	faults     []*Fault
	calls      []*Call
	conns      int
	nextNumber int
}

// NewServer starts a Server on a free loopback port.
func NewServer(opts Options) (*Server, error) {
	if opts.TokenBytes == 0 {
		opts.TokenBytes = 1024
	}
	s := &Server{opts: opts, clock: opts.Now, done: make(chan struct{})}
	if s.clock == nil {
		s.clock = time.Now
	}
	s.state = state{
		accounts: map[string]*Account{},
		grants:   map[edge]bool{},
		tokens:   map[string]*accessToken{},
		refresh:  map[string]string{},
		machine:  newMachine(),
		policy:   newPolicy(),
	}
	ca, err := newAuthority(opts.Hosts)
	if err != nil {
		return nil, fmt.Errorf("stand-in: authority: %w", err)
	}
	s.ca, s.CAPEM = ca, ca.pem
	l, err := s.listen(s.Handler(), opts.TLS)
	if err != nil {
		return nil, err
	}
	s.URL, s.metadata = l.url, l.host
	if opts.TLS { // a metadata server is always plain http
		bare, err := s.listen(s.Handler(), false)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.metadata = bare.host
	}
	return s, nil
}

// Endpoint is URL with a trailing slash, as clients want a base URL.
func (s *Server) Endpoint() string { return s.URL + "/" }

// MetadataHost is the HOST:PORT for GCE_METADATA_HOST; it is plain http even
// when the rest is TLS.
func (s *Server) MetadataHost() string { return s.metadata }

// Close ends every connection, frees hanging requests and removes CAFile. It
// also ends the registries and git servers that belong to the Server.
func (s *Server) Close() {
	s.closeOnce.Do(func() {
		close(s.done)
		s.lifeMu.Lock()
		defer s.lifeMu.Unlock()
		for _, l := range s.listeners {
			l.close()
		}
		s.removeCAFile()
	})
}

// Handler is the whole stand-in as one handler.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// request is one exchange on its way through an endpoint.
type request struct {
	*http.Request
	body []byte
	call *Call
}

// endpoint answers a request; it runs with s.mu held.
type endpoint func(*request) reply

const maxBody = 16 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody)) // a hang is noticed only behind the body
	if err != nil {
		return
	}
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if s.opts.Control && strings.HasPrefix(r.URL.Path, "/_test/") {
		s.control(r, body).write(w)
		return
	}
	method, answer := s.route(r)
	q := &request{Request: r, body: body, call: s.record(method, r)}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		q.call.Ended = s.Now()
	}()
	if method != "metadata" && method != "aws" {
		s.wait(r, s.opts.Latency)
	}
	fault := s.takeFault(q)
	if fault != nil && fault.Endless != "" {
		s.stream(w, q, fault)
		return
	}
	rep, handled := s.breakEarly(q, fault)
	if !handled {
		rep = s.bend(s.answer(q, answer), fault)
	}
	s.mu.Lock()
	q.call.Status = rep.status
	s.mu.Unlock()
	rep.write(w)
}

func (s *Server) answer(q *request, e endpoint) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return e(q)
}

// Serve puts a handler of the caller's on a port of its own, until the Server
// closes, and returns its base URL. TLS is by the Server's authority.
func (s *Server) Serve(handler http.Handler, useTLS bool) (baseURL string, err error) {
	l, err := s.listen(handler, useTLS)
	if err != nil {
		return "", err
	}
	return l.url, nil
}

// route finds the endpoint of a request and the name it is counted under.
func (s *Server) route(r *http.Request) (string, endpoint) {
	p := r.URL.Path
	if method, answer, ok := s.routeIAM(r); ok {
		return method, answer
	}
	post := r.Method == http.MethodPost
	switch {
	case p == "/token" && post:
		return "token", s.serveToken
	case p == "/v1/token" && post:
		return "sts", s.serveSTS
	case p == "/v1/oauthtoken" && post:
		return "oauthtoken", s.serveOAuthToken
	case p == "/" || strings.HasPrefix(p, "/computeMetadata/"):
		return "metadata", s.serveMetadata
	case strings.HasPrefix(p, "/latest/"):
		return "aws", s.serveIMDS
	case strings.HasPrefix(p, awsContainerPath):
		return "aws", s.serveAWSContainer
	case p == azurePath:
		return "subject", s.serveAzure
	case p == subjectPath:
		return "subject", s.serveSubject
	case p == "/oauth2/v3/certs" || strings.HasPrefix(p, keysPath):
		return "keys", s.serveKeys
	case strings.HasPrefix(p, "/o/oauth2/"):
		return "signin", serveSignIn
	}
	return "unknown", func(*request) reply { return notFoundPage(p) }
}

// wait sleeps until d is over, the client is gone or the Server closes.
func (s *Server) wait(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-s.done:
	}
}

// loopback is the only place where this package listens.
func loopback() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") }
