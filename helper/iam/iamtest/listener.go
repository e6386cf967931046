package iamtest

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync/atomic"
)

// listener is one loopback port and the HTTP server on it.
type listener struct {
	url, host string
	server    *http.Server
}

type connKey struct{}

// conn is what is known of the connection that a request came on.
type conn struct {
	raw  net.Conn
	used atomic.Bool
}

// listen serves handler on a new port until the Server closes; over TLS it speaks
// HTTP/2 too.
func (s *Server) listen(handler http.Handler, useTLS bool) (*listener, error) {
	if useTLS {
		return s.listenTLS(handler, &s.ca.leaf)
	}
	return s.listenTLS(handler, nil)
}

// listenTLS is listen with a certificate; nil is plain http.
func (s *Server) listenTLS(handler http.Handler, leaf *tls.Certificate) (*listener, error) {
	ln, err := loopback()
	if err != nil {
		return nil, fmt.Errorf("stand-in: listen: %w", err)
	}
	l := &listener{host: ln.Addr().String()}
	l.url = "http://" + l.host
	l.server = &http.Server{
		Handler:     handler,
		ErrorLog:    log.New(io.Discard, "", 0), // a client that hangs up is no news here
		ConnContext: s.countConn,
	}
	if leaf != nil {
		l.url = "https://" + l.host
		l.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*leaf}, MinVersion: tls.VersionTLS12}
	}
	s.lifeMu.Lock()
	s.listeners = append(s.listeners, l)
	s.lifeMu.Unlock()
	go func() {
		if leaf != nil {
			_ = l.server.ServeTLS(ln, "", "") // always ErrServerClosed
			return
		}
		_ = l.server.Serve(ln)
	}()
	return l, nil
}

func (l *listener) close() { _ = l.server.Close() }

func (s *Server) countConn(ctx context.Context, c net.Conn) context.Context {
	s.mu.Lock()
	s.conns++
	s.mu.Unlock()
	return context.WithValue(ctx, connKey{}, &conn{raw: c})
}

// isNew tells whether r is the first request on its connection.
func isNew(r *http.Request) bool {
	c, ok := r.Context().Value(connKey{}).(*conn)
	return ok && c.used.CompareAndSwap(false, true)
}

// reset ends the connection of r with a TCP reset.
func reset(r *http.Request) {
	c, ok := r.Context().Value(connKey{}).(*conn)
	if !ok {
		return
	}
	raw := c.raw
	if t, ok := raw.(*tls.Conn); ok {
		raw = t.NetConn()
	}
	if t, ok := raw.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = raw.Close()
}
