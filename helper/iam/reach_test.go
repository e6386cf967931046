package iam_test

import (
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Reach says what time it is there, or what on this machine is in the way.
func TestReach(t *testing.T) {
	s, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct{ name, endpoint, proxy, code, hint string }{
		{"there", s.Endpoint(), "", "", ""},
		{"nobody listens", "http://127.0.0.1:1/", "", "unreachable", ""},
		{"the proxy is not there", "https://iamcredentials.googleapis.com/", "http://127.0.0.1:1", "proxy", "unset HTTPS_PROXY"},
		{"the proxy is none", "https://iamcredentials.googleapis.com/", "http://127.0.0.1:x", "proxy", "unset HTTPS_PROXY"},
		{"no URL", "http://a b/", "", "bad-parameter", ""},
	} {
		env := helper.Env{Now: time.Now, Getenv: func(name string) string {
			if name == "HTTPS_PROXY" {
				return c.proxy
			}
			return ""
		}}
		date, err := iam.New(iam.Options{Env: env}).Reach(t.Context(), helper.Target{Endpoint: c.endpoint, UniverseDomain: helper.DefaultUniverse})
		if c.code == "" {
			if err != nil || time.Since(date).Abs() > time.Minute {
				t.Errorf("%s: %v, %v", c.name, date, err)
			}
			continue
		}
		if e := helper.AsError(err); err == nil || e.Code != c.code || e.Hint != c.hint {
			t.Errorf("%s: got %v (%s)", c.name, err, e.Code)
		}
	}
}

// Reach leaves no connection behind, whatever the server's protocol is.
func TestReachLeavesNothing(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s, err := iamtest.NewServer(iamtest.Options{TLS: secure})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		roots, err := s.CAFile()
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(s.Endpoint())
		if err != nil {
			t.Fatal(err)
		}
		var left <-chan struct{}
		at.Host, left = between(t, at.Host)
		env := helper.Env{Now: time.Now, Getenv: func(name string) string {
			if name == "SSL_CERT_FILE" {
				return roots
			}
			return ""
		}}
		if _, err := iam.New(iam.Options{Env: env}).Reach(t.Context(), helper.Target{Endpoint: at.String()}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-left:
		case <-time.After(20 * time.Second): // an idle connection is closed after 30
			t.Errorf("TLS %t: the connection is open after Reach", secure)
		}
	}
}

// between carries one connection to a server, and closes a channel when its client has
// closed it, in whatever way: that the server did so first is no end of it.
func between(t *testing.T, server string) (address string, closed <-chan struct{}) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	left := make(chan struct{})
	go func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = client.Close() }()
		to, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server)
		if err != nil {
			return
		}
		defer func() { _ = to.Close() }()
		go func() { _, _ = io.Copy(client, to) }()
		for b := make([]byte, 4096); err == nil; {
			var n int
			n, err = client.Read(b)
			_, _ = to.Write(b[:n])
		}
		close(left)
	}()
	return l.Addr().String(), left
}
