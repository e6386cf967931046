package iam

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"golang.org/x/net/http/httpguts"
)

// Call says how calls are made. A field that is not set is as the client has it
// already, see [Client.With] and [Options].
type Call struct {
	// Timeout bounds an operation with all that belongs to it: the token of the
	// source identity, every attempt and every pause. Without one the deadline of the
	// context does, and where it has none 60 seconds, as in Google's client. The
	// timeout_millis of an executable source is added to it.
	Timeout time.Duration
	// Attempt bounds one attempt: without one half of Timeout, but at least 10 seconds,
	// and 30 seconds where there is no Timeout either.
	Attempt time.Duration
	// Retry says when there is another attempt; nil means that of Google's client,
	// with more causes.
	Retry *Retry
	// Header is sent with each call of the API, and not to the server that gives the
	// source's tokens. It cannot replace a header that the API needs.
	Header http.Header
}

// Retry says when a call is tried again. A cut connection is, and what the server
// asks to wait for (Retry-After) is waited for in place of a pause. A field that is
// zero has the default.
type Retry struct {
	// Attempts is the most, the first one included, 5 without one: 1 is no retry.
	Attempts int
	// Pause is before the second attempt and grows by Factor up to MaxPause, with
	// jitter: 100 ms, 1.3 and 60 s.
	Pause, MaxPause time.Duration
	Factor          float64
	// Statuses are the HTTP statuses after which it is: 429, 500, 502, 503 and 504.
	// Google's client has 503 and 504 alone (UNAVAILABLE, DEADLINE_EXCEEDED).
	Statuses []int
}

// defaultTotal bounds an operation that nobody else does. Two attempts fit into it,
// and one that is not given less than leastAttempt.
const (
	defaultTotal = time.Minute
	leastAttempt = 10 * time.Second
)

// limits are the times of a Client; tests shorten them.
type limits struct {
	// total is 0 where the context alone bounds an operation.
	total, attempt, dialLocal time.Duration
	// early is how long a server is waited for that may not have started yet.
	early                time.Duration
	firstPause, maxPause time.Duration
	factor               float64
	attempts             int
	statuses             []int
}

func defaultLimits() limits {
	return limits{
		attempt: defaultTotal / 2, dialLocal: 2 * time.Second, early: 6 * time.Second,
		firstPause: 100 * time.Millisecond, maxPause: time.Minute, factor: 1.3, attempts: 5,
		statuses: []int{429, 500, 502, 503, 504},
	}
}

// With returns a client whose calls are made in another way. It shares all that c
// has learnt, its connections and its store, and c is as it was.
func (c *Client) With(call Call) *Client {
	d := *c
	d.limits = c.limits.with(call)
	if len(call.Header) > 0 {
		d.header = maps.Clone(c.header)
		if d.header == nil {
			d.header = http.Header{}
		}
		for name, values := range call.Header {
			d.header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
		}
	}
	if d.wrong == nil {
		d.wrong = call.check()
	}
	return &d
}

// with returns the limits with what a call says.
func (l limits) with(call Call) limits {
	if call.Timeout != 0 {
		l.total, l.attempt = call.Timeout, max(call.Timeout/2, leastAttempt)
	}
	if call.Attempt != 0 {
		l.attempt = call.Attempt
	}
	r := call.Retry
	if r == nil {
		return l
	}
	def := defaultLimits()
	l.attempts, l.firstPause, l.maxPause, l.factor, l.statuses = def.attempts, def.firstPause, def.maxPause, def.factor, def.statuses
	if r.Attempts != 0 {
		l.attempts = r.Attempts
	}
	if r.Pause != 0 {
		l.firstPause = r.Pause
	}
	if r.MaxPause != 0 {
		l.maxPause = r.MaxPause
	}
	if r.Factor != 0 {
		l.factor = r.Factor
	}
	if r.Statuses != nil {
		l.statuses = slices.Clone(r.Statuses)
	}
	return l
}

// check returns what is wrong with a call, as a bad parameter.
func (call Call) check() error {
	if call.Timeout < 0 || call.Attempt < 0 {
		return badParameter("timeout", fmt.Errorf("%s is no time", min(call.Timeout, call.Attempt)))
	}
	if r := call.Retry; r != nil && (r.Attempts < 0 || r.Pause < 0 || r.MaxPause < 0 || r.Factor != 0 && r.Factor < 1) {
		return badParameter("retry", fmt.Errorf("%d attempts with pauses from %s to %s that grow by %g", r.Attempts, r.Pause, r.MaxPause, r.Factor))
	}
	for name, values := range call.Header {
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return badParameter("header", fmt.Errorf("%.60q is not the name of a header", name))
		case slices.Contains(ownHeaders(), http.CanonicalHeaderKey(name)):
			return badParameter("header", fmt.Errorf("%s is the client's own", name))
		case slices.ContainsFunc(values, func(v string) bool { return !httpguts.ValidHeaderFieldValue(v) }):
			return badParameter("header", fmt.Errorf("the value of %s holds a character that a header cannot", name))
		}
	}
	return nil
}

// ownHeaders are those that the client sets: they say who calls, for which account,
// what the body is and how it is sent.
func ownHeaders() []string {
	return []string{
		"Accept-Encoding", "Authorization", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "Te",
		"Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Goog-Request-Params",
	}
}
