package iam

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// newTransport returns the transport to Google: HTTP/2, kept connections,
// proxies from env.
func newTransport(env helper.Env) *rootsTransport {
	proxies := newProxies(env)
	full := proxies.transport(nil)
	return newRootsTransport(proxies, full, sync.OnceValue(func() *http.Transport {
		if few := fewRoots(env); few != nil {
			return proxies.transport(few)
		}
		return full
	}))
}

// idleTimeout is how long a connection is kept that carries nothing.
const idleTimeout = 30 * time.Second

// transport returns a transport that trusts the roots, nil for the system's. Not a
// clone of another: that one would open no HTTP/2 connection ahead.
func (p *proxies) transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  p.forRequest,
		OnProxyConnectResponse: answered,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
	}
}

// linkLocal reports whether a host is on this machine's own link, where the clouds
// have their metadata services: what answers there is about this machine, and a
// proxy would answer about its own.
func linkLocal(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "metadata.google.internal") {
		return true
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	a = a.Unmap().WithZone("")
	return a.IsLinkLocalUnicast() || slices.ContainsFunc(metadataNetworks(), func(p netip.Prefix) bool { return p.Contains(a) })
}

// metadataNetworks are those that Amazon and Google use for it in IPv6.
func metadataNetworks() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("fd00:ec2::/32"), netip.MustParsePrefix("fd20:ce::/32")}
}

// newLocalTransport returns the transport to the metadata server: never through a
// proxy, and quick to find that there is none.
func newLocalTransport(dial time.Duration) http.RoundTripper {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dial}).DialContext,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// rootsTransport tries the few roots that Google's certificates hang on, and
// asks all of the system's roots only about a server that these do not vouch
// for. The few are a part of the system's, so nothing is trusted that Go would
// not trust; reading all of them costs more than the rest of a mint.
type rootsTransport struct {
	// quick has the few roots, read at the first request; it is full where
	// there are none.
	quick   func() *http.Transport
	full    *http.Transport
	proxies *proxies
	ahead   *ahead
}

func newRootsTransport(p *proxies, full *http.Transport, quick func() *http.Transport) *rootsTransport {
	r := &rootsTransport{quick: quick, full: full, proxies: p}
	r.ahead = &ahead{dial: r.connect, open: map[string]*early{}}
	return r
}

// RoundTrip implements http.RoundTripper.
func (r *rootsTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.roundTrip(req)
	if err == nil {
		err = r.proxies.refusal(req, res)
	}
	if err == nil {
		return res, nil
	}
	if res != nil {
		_ = res.Body.Close()
	}
	return nil, r.proxies.blame(req, err)
}

func (r *rootsTransport) roundTrip(req *http.Request) (*http.Response, error) {
	conn, err := r.ahead.take(req)
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	if conn != nil {
		return conn.RoundTrip(req)
	}
	quick := r.quick()
	res, err := quick.RoundTrip(req)
	var unknown *tls.CertificateVerificationError
	if quick == r.full || !errors.As(err, &unknown) {
		return res, err
	}
	// The handshake failed, so nothing of the request was sent.
	if req.GetBody != nil {
		body, bodyErr := req.GetBody()
		if bodyErr != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = body
	} else if req.Body != nil && req.Body != http.NoBody {
		return nil, err
	}
	return r.full.RoundTrip(req)
}
