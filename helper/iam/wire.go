package iam

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxReply is the most that is read of a reply, beside twice what was sent: a signed
// JWT has its claims in it. The largest honest one is an STS token of 12 KiB.
const maxReply = 256 << 10

// maxErrorBody is how much of a failure's body is kept to be understood.
const maxErrorBody = 32 << 10

var (
	errRedirect = errors.New("it answered with a redirect, which is refused")
	errTooLong  = errors.New("its reply is too long")
)

func refuseRedirect(*http.Request, []*http.Request) error { return errRedirect }

// exchange is what went over the wire last in one attempt. The libraries above
// flatten it into text; here it is as it was, together with the secrets that
// the request held, so that no server can have them echoed into an error.
type exchange struct {
	mu   sync.Mutex
	host string
	step step
	// lookup is the name that is being looked up.
	lookup  string
	sent    bool
	err     error
	status  int
	header  http.Header
	body    []byte
	date    time.Time
	secrets []string
	// proxy is the proxy that the request goes through, if one.
	proxy proxySetting
	// patient says that a server which is not there yet is waited for: the
	// metadata server of a new pod starts after the pod.
	patient bool
}

type exchangeKey struct{}

func withExchange(ctx context.Context) (context.Context, *exchange) {
	x := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, x), x
}

// exchangeOf returns the record that ctx carries.
func exchangeOf(ctx context.Context) *exchange {
	if x, ok := ctx.Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{}
}

// at says what the next request is for.
func (x *exchange) at(s step) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.step = s
}

// through says which proxy the request goes through.
func (x *exchange) through(s proxySetting) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.proxy = s
}

// resolver notes which name is looked up: at the end of an attempt's time the library
// says no more than that it is over.
func (x *exchange) resolver() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(i httptrace.DNSStartInfo) { x.looksUp(i.Host) },
		DNSDone: func(i httptrace.DNSDoneInfo) {
			if i.Err == nil { // else it may have been ended by the same end of the time
				x.looksUp("")
			}
		},
	}
}

func (x *exchange) looksUp(name string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lookup = name
}

// hide adds values that must never appear in a text made from this exchange.
func (x *exchange) hide(secrets ...string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.secrets = append(x.secrets, secrets...)
}

// wire sends every request: it names the program, bounds the reply and records
// the exchange.
type wire struct {
	base  http.RoundTripper
	agent string
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchangeOf(req.Context())
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", w.agent)
	}
	x.hide(secretsOf(req)...)
	res, err := w.base.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), x.resolver())))
	x.mu.Lock()
	defer x.mu.Unlock()
	x.host, x.sent, x.err, x.status, x.body = req.URL.Host, true, err, 0, nil
	if err != nil {
		return nil, err
	}
	x.status, x.header = res.StatusCode, res.Header
	x.date, _ = http.ParseTime(res.Header.Get("Date"))
	if 300 <= res.StatusCode && res.StatusCode < 400 {
		_ = res.Body.Close()
		x.err = errRedirect
		return nil, errRedirect
	}
	res.Body = &boundedBody{ReadCloser: res.Body, x: x, left: maxReply + 2*int(max(0, req.ContentLength)), keep: res.StatusCode >= 300}
	return res, nil
}

// boundedBody ends a body that is too long, and keeps a failure's beginning.
type boundedBody struct {
	io.ReadCloser
	x    *exchange
	left int
	keep bool
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	b.x.mu.Lock()
	defer b.x.mu.Unlock()
	if b.keep && len(b.x.body) < maxErrorBody {
		b.x.body = append(b.x.body, p[:n]...)
	}
	if b.left < 0 {
		err = errTooLong
	}
	if err != nil && err != io.EOF {
		b.x.err = err
	}
	return n, err
}

// Close reads what little is left, so that the connection can be used again.
func (b *boundedBody) Close() error {
	_, _ = io.CopyN(io.Discard, b.ReadCloser, 4<<10)
	return b.ReadCloser.Close()
}

// plainHeaders are those that hold no secret, and whose values a person needs to
// read in a server's words.
var plainHeaders = []string{
	"Accept", "Accept-Encoding", "Content-Length", "Content-Type", "Metadata", "Metadata-Flavor", "User-Agent",
	"X-Goog-Api-Client", "X-Goog-Request-Reason", "X-Goog-User-Project",
}

// secretsOf returns the secrets that a request carries.
func secretsOf(req *http.Request) []string {
	var found []string
	for name, values := range req.Header {
		if slices.Contains(plainHeaders, name) {
			continue
		}
		// A source of type url names headers of its own, whatever they are called;
		// a server may repeat them in its refusal.
		for _, v := range values {
			_, credential, _ := strings.Cut(v, " ")
			found = append(found, v, credential)
		}
	}
	if _, password, ok := req.BasicAuth(); ok {
		found = append(found, password)
	}
	if req.GetBody == nil || req.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return found
	}
	body, err := req.GetBody()
	if err != nil {
		return found
	}
	defer body.Close()
	raw, _ := io.ReadAll(io.LimitReader(body, maxReply))
	form, _ := url.ParseQuery(string(raw))
	for _, name := range []string{"refresh_token", "client_secret", "rapt", "assertion", "subject_token"} {
		if v := form.Get(name); v != "" {
			found = append(found, v)
		}
	}
	return found
}
