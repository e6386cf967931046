package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// The hosts of these tests, each behind TLS; the API is on a port of its own.
const (
	apiHost   = "api.example.com"
	apiPort   = "8443"
	tokenHost = "token.example.com"
	jobHost   = "job.example.com"
)

// far is a world whose exchanges are with several hosts, and what was seen of them.
type far struct {
	*world
	t    *rootsTransport
	env  map[string]string
	at   map[string]string // host -> address
	mu   sync.Mutex
	dial map[string]func(ctx context.Context) error // before a host is connected to
	// before is called before a host answers.
	before map[string]func()
	// dialed and asked are the hosts that were connected to and that got a request.
	dialed, asked []string
	conns         []*watched
}

// watched is a connection that tells when it is closed.
type watched struct {
	net.Conn
	host   string
	once   sync.Once
	closed chan struct{}
}

func (w *watched) Close() error {
	w.once.Do(func() { close(w.closed) })
	return w.Conn.Close()
}

// newFar returns a world whose client has the real transport, to the hosts here.
func newFar(t *testing.T, env map[string]string) *far {
	t.Helper()
	hosts := []string{apiHost, tokenHost, jobHost}
	s := must(iamtest.NewServer(iamtest.Options{TLS: true, Hosts: hosts, TokenBytes: 64}))(t)
	t.Cleanup(s.Close)
	f := &far{
		world: newWorld(t), env: map[string]string{"SSL_CERT_FILE": must(s.CAFile())(t)},
		at: map[string]string{}, dial: map[string]func(context.Context) error{}, before: map[string]func(){},
	}
	for name, value := range env {
		f.env[name] = value
	}
	f.s = s
	s.ServiceAccount(deployer)
	s.User(alice)
	for _, member := range []string{alice, s.WorkloadPrincipal("job").Email} {
		s.Grant(member, iamtest.RoleTokenCreator, deployer)
	}
	for _, host := range hosts {
		url := must(s.Serve(f.recorded(host), true))(t)
		f.at[host+":"+portOf(host)] = strings.TrimPrefix(url, "https://")
	}
	f.reset()
	return f
}

// reset gives the world a client that has connected to nothing.
func (f *far) reset() {
	f.Helper()
	envOf := helper.Env{Getenv: func(name string) string { return f.env[name] }, Now: time.Now}
	f.t = newTransport(envOf)
	for _, t := range []*http.Transport{f.t.full, f.t.quick()} {
		t.DialContext = f.connect
		t.IdleConnTimeout = 0 // what is to be closed is not closed by that
		f.Cleanup(t.CloseIdleConnections)
	}
	f.c = New(Options{Env: envOf, Transport: f.t})
	f.c.limits.firstPause = time.Millisecond
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dialed, f.asked, f.conns = nil, nil, nil
}

func portOf(host string) string {
	if host == apiHost {
		return apiPort
	}
	return "443"
}

func (f *far) recorded(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked = append(f.asked, host)
		before := f.before[host]
		f.mu.Unlock()
		if before != nil {
			before()
		}
		f.s.Handler().ServeHTTP(w, r)
	})
}

// connect is the transport's dialer.
func (f *far) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, _ := strings.Cut(address, ":")
	f.mu.Lock()
	f.dialed = append(f.dialed, host)
	before, to := f.dial[host], f.at[address]
	f.mu.Unlock()
	if before != nil {
		if err := before(ctx); err != nil {
			return nil, err
		}
	}
	if to == "" {
		to = address
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, to)
	if err != nil {
		return nil, err
	}
	w := &watched{Conn: conn, host: host, closed: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.conns = append(f.conns, w)
	return w, nil
}

// opened waits until a host was connected to ahead, its handshake included.
func (f *far) opened(host string) {
	f.t.ahead.mu.Lock()
	e := f.t.ahead.open[host+":"+portOf(host)]
	f.t.ahead.mu.Unlock()
	if e == nil {
		f.Errorf("no connection to %s is opened ahead", host)
		return
	}
	f.ended(e.done, "the connection to "+host+" that is opened ahead")
}

func (f *far) ended(done <-chan struct{}, what string) {
	f.Helper()
	select {
	case <-done:
	case <-time.After(time.Minute):
		f.Errorf("%s does not end", what)
	}
}

// user is a target whose source is a sign-in, and job one whose source is a CI system's
// server.
func (f *far) user() helper.Target {
	return f.farAway(f.edit(f.s.UserADC(alice), map[string]any{"token_uri": "https://" + tokenHost + "/token"}))
}

func (f *far) job() helper.Target {
	doc := f.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job"})
	var members map[string]any
	if err := json.Unmarshal(doc, &members); err != nil {
		f.Fatal(err)
	}
	from, _ := members["credential_source"].(map[string]any)
	from["url"] = strings.Replace(fmt.Sprint(from["url"]), f.s.URL, "https://"+jobHost, 1)
	return f.farAway(f.edit(doc, map[string]any{"token_url": "https://" + tokenHost + "/v1/token", "credential_source": from}))
}

func (f *far) farAway(doc []byte) helper.Target {
	target := f.target(doc, deployer)
	target.Endpoint = "https://" + apiHost + ":" + apiPort + "/"
	return target
}

// want checks who was connected to and asked, in any order and in order.
func (f *far) want(dialed, asked string) {
	f.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if got := strings.Join(slices.Sorted(slices.Values(f.dialed)), " "); got != dialed {
		f.Errorf("connected to %q, want %q", got, dialed)
	}
	if got := strings.Join(f.asked, " "); got != asked {
		f.Errorf("asked %q, want %q", got, asked)
	}
}

func (f *far) http1() {
	for _, t := range []*http.Transport{f.t.full, f.t.quick()} {
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP1(true)
	}
}

// The servers that will be asked are connected to while the first one answers, each
// once, and each gets the one request that it would have got.
func TestAhead(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http1=%t", http1), func(t *testing.T) {
			f := newFar(t, nil)
			if http1 {
				f.http1()
			}
			f.before[tokenHost] = func() { f.opened(apiHost) }
			f.wantPrincipal(f.mint(f.user()), deployer)
			f.want(apiHost+" "+tokenHost, tokenHost+" "+apiHost)
			f.calls(2)
		})
	}
	t.Run("federation", func(t *testing.T) {
		f := newFar(t, nil)
		f.before[jobHost] = func() { f.opened(tokenHost); f.opened(apiHost) }
		f.wantPrincipal(f.mint(f.job()), deployer)
		f.want(apiHost+" "+jobHost+" "+tokenHost, jobHost+" "+tokenHost+" "+apiHost)
	})
}

// A client that lives on keeps the connection, as it keeps the others.
func TestAheadKept(t *testing.T) {
	f := newFar(t, nil)
	target := f.user()
	for range 3 {
		f.mint(target)
	}
	f.want(apiHost+" "+tokenHost, strings.TrimSpace(strings.Repeat(tokenHost+" "+apiHost+" ", 3)))
}

// With a token of the source in the cache there is nothing to wait for, and without an
// account to impersonate nobody else to ask.
func TestNotAhead(t *testing.T) {
	f := newFar(t, nil)
	target := f.user()
	f.c.store = f.store
	f.mint(target)
	f.reset()
	f.c.store = f.store
	f.mint(target)
	f.want(apiHost, apiHost)

	f.reset()
	target.ServiceAccount, target.Own = "", true
	f.mint(target)
	f.want(tokenHost, tokenHost)

	f.reset()
	f.c.toward(t.Context(), "http://"+apiHost+":"+apiPort)
	f.c.toward(t.Context(), "https://[")
	f.want("", "")
	if len(f.t.ahead.open) != 0 {
		t.Errorf("connected to %v", f.t.ahead.open)
	}
}

// A source that is denied leaves nothing behind: the API got no request, and the
// connection is closed.
func TestAheadDenied(t *testing.T) {
	f := newFar(t, nil)
	target := f.user()
	f.s.Fail(iamtest.Fault{Method: "token", Status: 400, Reason: "invalid_grant", Message: "Token has been expired or revoked."})
	f.before[tokenHost] = func() { f.opened(apiHost) }
	f.wantError(target, "sign-in", "expired or was revoked")
	f.want(apiHost+" "+tokenHost, tokenHost)
	for _, c := range f.conns {
		if c.host == apiHost {
			f.ended(c.closed, "the connection that nobody used")
		}
	}
}

// A connection that its server closed meanwhile is no error: the request opens its own.
func TestAheadClosed(t *testing.T) {
	f := newFar(t, nil)
	f.before[tokenHost] = func() {
		f.opened(apiHost)
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, c := range f.conns {
			if c.host == apiHost {
				_ = c.Conn.Close()
			}
		}
	}
	f.wantPrincipal(f.mint(f.user()), deployer)
	f.want(apiHost+" "+apiHost+" "+tokenHost, tokenHost+" "+apiHost)
}

// Whatever is wrong with the second server: the error is the one that there is without
// a connection opened ahead, as soon, and nothing goes on after it.
func TestAheadFails(t *testing.T) {
	for name, dial := range map[string]func(ctx context.Context) error{
		"swallows packets": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"name server hangs": func(ctx context.Context) error {
			httptrace.ContextClientTrace(ctx).DNSStart(httptrace.DNSStartInfo{Host: apiHost})
			<-ctx.Done()
			return ctx.Err()
		},
		"refuses": func(context.Context) error { return &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED} },
		"cuts":    func(context.Context) error { return io.ErrUnexpectedEOF },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFar(t, nil)
			target := f.user()
			over := make(chan struct{})
			f.dial[apiHost] = func(ctx context.Context) error {
				if ctx.Value(aheadKey{}) != nil {
					defer close(over)
				}
				return dial(ctx)
			}
			const attempt = 300 * time.Millisecond
			mint := func() (string, time.Duration) {
				f.c.limits.attempts, f.c.limits.attempt = 1, attempt
				start := time.Now()
				_, err := f.c.Mint(t.Context(), target)
				if err == nil {
					t.Fatal("minted")
				}
				return err.Error(), time.Since(start)
			}
			got, took := mint()
			f.reset()
			f.c.ahead = nil
			want, ordinary := mint()
			if got != want || took > ordinary+attempt {
				t.Errorf("after %s: %s\nwithout a connection opened ahead after %s: %s", took, got, ordinary, want)
			}
			f.ended(over, "the opening")
		})
	}
}

// The way leads through the proxy, for a connection that is opened ahead too; through
// one that wants a password nothing is opened ahead, so that a wrong one is refused
// once.
func TestAheadProxy(t *testing.T) {
	for name, c := range map[string]struct {
		user         string
		status       int
		noProxy      string
		dialed, seen string
	}{
		"tunnels":        {"", 200, "", "127.0.0.1 127.0.0.1", "CONNECT " + apiHost + ":" + apiPort + " CONNECT " + tokenHost + ":443"},
		"not for us":     {"", 200, apiHost + ":" + apiPort, "127.0.0.1 " + apiHost, "CONNECT " + tokenHost + ":443"},
		"wrong password": {"joe:secret@", 407, "", "127.0.0.1", "CONNECT " + tokenHost + ":443"},
	} {
		t.Run(name, func(t *testing.T) {
			var f *far
			var mu sync.Mutex
			var seen []string
			tunnel := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				seen = append(seen, r.Method+" "+r.Host)
				mu.Unlock()
				if c.status != http.StatusOK {
					w.WriteHeader(c.status)
					return
				}
				splice(w, f.at[r.Host])
			})
			proxy := httptest.NewServer(tunnel)
			t.Cleanup(proxy.Close)
			at := strings.TrimPrefix(proxy.URL, "http://")
			f = newFar(t, map[string]string{"HTTPS_PROXY": "http://" + c.user + at, "NO_PROXY": c.noProxy})
			f.c.limits.attempts = 1
			f.before[tokenHost] = func() { f.opened(apiHost) }
			_, err := f.c.Mint(t.Context(), f.user())
			if (err == nil) != (c.status == http.StatusOK) {
				t.Errorf("Mint: %v", err)
			}
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(slices.Sorted(slices.Values(seen)), " "); got != c.seen {
				t.Errorf("the proxy was asked %q, want %q", got, c.seen)
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			if got := strings.Join(slices.Sorted(slices.Values(f.dialed)), " "); got != c.dialed {
				t.Errorf("connected to %q, want %q", got, c.dialed)
			}
		})
	}
}

// A refusal that is not the API's own is the proxy's, as without a connection opened
// ahead.
func TestAheadBlocked(t *testing.T) {
	var f *far
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { splice(w, f.at[r.Host]) }))
	t.Cleanup(proxy.Close)
	f = newFar(t, map[string]string{"HTTPS_PROXY": proxy.URL})
	f.s.Fail(iamtest.Fault{Method: "generateAccessToken", Status: 403, Body: "blocked", ContentType: "text/plain"})
	f.before[tokenHost] = func() { f.opened(apiHost) }
	f.wantError(f.user(), "proxy", "blocked")
}
