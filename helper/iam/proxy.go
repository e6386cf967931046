package iam

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/credential-iam/credential-iam/helper"
)

// proxies are those that the environment names. A setting that cannot be used is an
// error of every request that it is for: the library would go past it in silence.
type proxies struct {
	of func(*url.URL) (*url.URL, error)
	// settings are what names the proxy, by the scheme of what is asked.
	settings map[string]proxySetting
}

// proxySetting is one variable of the environment, under both its names.
type proxySetting struct {
	// names are those of its names that are set; the first counts.
	names []string
	// host is the proxy's HOST[:PORT], and scheme its scheme.
	host, scheme string
	// user says that the setting has a name for the proxy to know one by.
	user bool
	// broken says why it cannot be used, "" where it can.
	broken string
}

// standIn is the proxy in place of one that cannot be used, so that the library
// decides which requests would have gone there.
const standIn = "http://proxy.invalid"

func newProxies(env helper.Env) *proxies {
	p := &proxies{settings: map[string]proxySetting{}}
	read := func(scheme, upper, lower string) string {
		value := cmp.Or(env.Getenv(upper), env.Getenv(lower))
		if value == "" {
			return ""
		}
		s := proxySettingOf(value)
		s.names = slices.DeleteFunc([]string{upper, lower}, func(name string) bool { return env.Getenv(name) == "" })
		p.settings[scheme] = s
		if s.broken != "" {
			return standIn
		}
		return value
	}
	p.of = (&httpproxy.Config{
		HTTPProxy: read("http", "HTTP_PROXY", "http_proxy"), HTTPSProxy: read("https", "HTTPS_PROXY", "https_proxy"),
		NoProxy: cmp.Or(env.Getenv("NO_PROXY"), env.Getenv("no_proxy")),
	}).ProxyFunc()
	return p
}

// proxySettingOf reads the address of a proxy as net/http does: a URL, or
// HOST[:PORT] alone. Nothing of one that cannot be read is shown: it may hold a
// password.
func proxySettingOf(value string) proxySetting {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Host == "" {
		u, err = url.Parse("http://" + value)
	}
	switch {
	case err != nil || u.Hostname() == "" || strings.Contains(u.Hostname(), ":") && u.Host[0] != '[':
		return proxySetting{broken: "it is not the address of a proxy (http://HOST:PORT)"}
	case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
		return proxySetting{broken: fmt.Sprintf("a proxy of the kind %q is not supported (http, https and socks5 are)", helper.OneLine(u.Scheme, 20))}
	}
	return proxySetting{host: u.Host, scheme: u.Scheme, user: u.User != nil}
}

// forRequest implements [http.Transport.Proxy]: never for what is on this machine's
// own link.
func (p *proxies) forRequest(req *http.Request) (*url.URL, error) {
	u := askedFor(req)
	if linkLocal(u.Hostname()) {
		return nil, nil
	}
	to, err := p.of(u)
	if s := p.settings[u.Scheme]; to != nil && s.broken != "" {
		return nil, &proxyError{setting: s, broken: true, reason: s.broken}
	}
	if to != nil {
		exchangeOf(req.Context()).through(p.settings[u.Scheme])
	}
	return to, err
}

// answered implements [http.Transport.OnProxyConnectResponse]: the library keeps the
// text of a refusal alone.
func answered(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{status: res.StatusCode, reason: proxyStatus(res.StatusCode)}
}

func proxyStatus(code int) string {
	return strings.TrimSpace(fmt.Sprintf("it answered %d %s", code, http.StatusText(code)))
}

// blame makes a failure that is the proxy's own an error that says so.
func (p *proxies) blame(req *http.Request, err error) error {
	var known *proxyError
	if errors.As(err, &known) {
		if !known.broken {
			known.setting = p.settings[req.URL.Scheme]
		}
		return known
	}
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "proxyconnect" || strings.HasPrefix(op.Op, "socks ")) {
		return &proxyError{setting: p.settings[req.URL.Scheme], cause: op.Err}
	}
	return err
}

// refusal returns the error of a reply that a proxy gives in place of the server.
func (p *proxies) refusal(req *http.Request, res *http.Response) error {
	if res.StatusCode != http.StatusProxyAuthRequired {
		return nil
	}
	return &proxyError{setting: p.settings[req.URL.Scheme], status: res.StatusCode, reason: proxyStatus(res.StatusCode)}
}

// proxyError is a failure of the proxy on the way to a server, of which nothing is
// known then.
type proxyError struct {
	setting proxySetting
	// broken says that the setting itself cannot be used.
	broken bool
	// status is what the proxy answered, 0 if nothing; reason words that.
	status int
	reason string
	cause  error
}

// Error says what is wrong with the proxy.
func (e *proxyError) Error() string {
	if e.cause != nil {
		return "proxy " + e.setting.host + ": " + e.cause.Error()
	}
	return "proxy " + e.setting.host + ": " + e.reason
}

// Unwrap returns why the proxy cannot be reached.
func (e *proxyError) Unwrap() error { return e.cause }
