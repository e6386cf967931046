package iam

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"time"
)

// ahead opens connections before there is a request for them: the first mint of a day
// is an exchange with one server after the other, and the second is reached while the
// first answers. Nothing is sent before the request is there, and a connection that
// cannot be opened is no error: the request then opens its own, and says why it cannot.
//
// A server is connected to ahead once. After that the connection is kept, as one of the
// transport's would be, or the transport's own are.
type ahead struct {
	dial func(ctx context.Context, to *url.URL) (*http.ClientConn, error)

	mu sync.Mutex
	// open are the connections by HOST:PORT; nil is a server whose requests go by the
	// transport.
	open map[string]*early
}

// early is a connection that is opened ahead.
type early struct {
	// done is closed when the connection is there or cannot be opened.
	done chan struct{}
	// conn is nil where it could not be opened. It may be read when done is closed.
	conn *http.ClientConn
	// met is what was found on the way: the name that is being looked up, the proxy.
	met *exchange
	// used says that a request has taken it; ahead's mu guards it.
	used bool
	idle *time.Timer
}

// connect begins to open a connection to the server of a URL, if it is one over TLS
// that was not connected to. It returns at once. A connection that no request has taken
// by the end of ctx is closed.
func (a *ahead) connect(ctx context.Context, to *url.URL) {
	key := serverOf(to)
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := a.open[key]; known || to.Scheme != "https" {
		return
	}
	e := &early{done: make(chan struct{})}
	a.open[key] = e
	ctx, e.met = withExchange(context.WithValue(ctx, aheadKey{}, to))
	go func() {
		conn, err := a.dial(httptrace.WithClientTrace(ctx, e.met.resolver()), to)
		if err == nil {
			e.conn = conn
		}
		close(e.done)
		context.AfterFunc(ctx, func() { a.abandon(key, e) })
	}()
}

// abandon closes a connection that no request has taken; the next operation may open
// one again.
func (a *ahead) abandon(key string, e *early) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.used {
		return
	}
	if a.open[key] == e {
		delete(a.open, key)
	}
	if e.conn != nil {
		_ = e.conn.Close()
	}
}

// take returns the connection that was opened ahead to the server of a request, with
// room for it reserved; nil where there is none. One that is still being opened is
// waited for: another would not be there sooner.
func (a *ahead) take(req *http.Request) (*http.ClientConn, error) {
	if req.URL.Scheme != "https" {
		return nil, nil
	}
	key := serverOf(req.URL)
	a.mu.Lock()
	e := a.open[key]
	a.open[key] = e
	a.mu.Unlock()
	if e == nil {
		return nil, nil
	}
	x := exchangeOf(req.Context())
	select {
	case <-e.done:
	case <-req.Context().Done():
		x.meets(e.met)
		return nil, req.Context().Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.conn == nil || e.conn.Reserve() != nil { // closed meanwhile, or busy with HTTP/1.1
		return nil, nil
	}
	x.meets(e.met)
	if e.used = true; e.idle == nil {
		e.idle = time.AfterFunc(idleTimeout, e.closeIdle)
	}
	e.idle.Reset(idleTimeout)
	return e.conn, nil
}

// closeIdle closes a connection that has carried no request for a while.
func (e *early) closeIdle() {
	if e.conn.InFlight() > 0 {
		e.idle.Reset(idleTimeout)
		return
	}
	_ = e.conn.Close()
}

// serverOf is the server of a URL over TLS: HOST:PORT.
func serverOf(u *url.URL) string {
	return net.JoinHostPort(strings.ToLower(u.Hostname()), cmp.Or(u.Port(), "443"))
}

type aheadKey struct{}

// askedFor is the URL of a request, or the one that a connection is opened ahead for:
// net/http asks for the proxy of that without the port.
func askedFor(req *http.Request) *url.URL {
	if to, ok := req.Context().Value(aheadKey{}).(*url.URL); ok {
		return to
	}
	return req.URL
}

// meets takes over what was found on the way to a server.
func (x *exchange) meets(met *exchange) {
	met.mu.Lock()
	lookup, proxy := met.lookup, met.proxy
	met.mu.Unlock()
	x.looksUp(lookup)
	x.through(proxy)
}

// connect opens a connection to the server of a URL as a request for it would. It goes
// through no proxy that wants a password: a wrong one would be refused twice, and some
// lock a person out after a few.
func (r *rootsTransport) connect(ctx context.Context, to *url.URL) (*http.ClientConn, error) {
	if by, err := r.proxies.of(to); err != nil || by != nil && by.User != nil {
		return nil, errNotAhead
	}
	quick := r.quick()
	conn, err := quick.NewClientConn(ctx, to.Scheme, serverOf(to))
	var unknown *tls.CertificateVerificationError
	if quick != r.full && errors.As(err, &unknown) {
		return r.full.NewClientConn(ctx, to.Scheme, serverOf(to))
	}
	return conn, err
}

var errNotAhead = errors.New("not opened ahead")

// toward begins to open a connection to the server of a URL that will be called once
// something else is there, within ctx.
func (c *Client) toward(ctx context.Context, address string) {
	if c.ahead == nil || address == "" {
		return
	}
	if u, err := url.Parse(address); err == nil {
		c.ahead.connect(ctx, u)
	}
}
