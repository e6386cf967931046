package iam

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// failure is why one attempt failed, taken apart: a reply that says no, or the
// lack of a reply. It is read from the exchange and not from the libraries'
// error texts, which flatten it.
type failure struct {
	// host is the server that was asked; "" for a failure on this machine. step is
	// what it was asked for.
	host string
	step step
	// status is the HTTP status, 0 when there was no usable reply.
	status int
	// oauth and subtype are the token endpoint's error and error_subtype.
	oauth, subtype string
	// code, reason and metadata are the API's status and ErrorInfo.
	code, reason, domain string
	metadata             map[string]string
	details              []json.RawMessage
	// violation is what the details say of a perimeter, "" for nothing.
	violation string
	// strange says that the reply is not in the API's form, and proxy which proxy it
	// came through, if one.
	strange bool
	proxy   proxySetting
	// message is the server's text or the program's, one clean line.
	message string
	// retryAfter is what the server asked for, 0 if nothing.
	retryAfter time.Duration
	date       time.Time
	// offline says that there was no response; fatal that another attempt is
	// futile.
	offline, fatal bool
	// early says that it may be no more than a server that has not started yet.
	early bool
	// attempts is how often it was tried; spent says that there was no other attempt
	// although it might have helped.
	attempts int
	spent    bool
	// source says that it happened on the way to the source's own token.
	source bool
	// local is an error that is complete already.
	local *helper.Error
	cause error
}

// Error makes a failure travel as an error inside the package.
func (f *failure) Error() string { return f.message }

// Unwrap returns the error below, for errors.Is on a context's end.
func (f *failure) Unwrap() error { return f.cause }

const maxMessage = 400

// newFailure reads what happened from the exchange; err is what the library
// above made of it.
func newFailure(ctx context.Context, x *exchange, err error) *failure {
	var done *failure
	if errors.As(err, &done) {
		return done
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	f := &failure{host: x.host, step: x.step, date: x.date, cause: err}
	if x.sent && x.err == nil && x.status >= 300 {
		f.status, f.proxy = x.status, x.proxy
		f.parse(x.body)
		f.retryAfter = retryAfter(x.header.Get("Retry-After"), x.date)
		f.message = clean(f.message, x.secrets)
		f.hide(x)
		f.early = x.patient && f.status == 404 && !strings.Contains(f.message, "IAM returned")
		return f
	}
	cause := x.err
	if cause == nil && ctx.Err() != nil {
		cause = ctx.Err()
	}
	if cause == nil && x.sent {
		// A reply of success that the library could not use.
		f.fatal, f.message = true, "its reply is not what the API promises"
		return f
	}
	if cause == nil {
		// Nothing was sent: the fault is on this machine.
		f.host, f.fatal, f.message = "", true, clean(err.Error(), x.secrets)
		return f
	}
	if x.lookup != "" && isTimeout(cause) {
		cause = errors.Join(&net.DNSError{Err: "timeout", Name: x.lookup, IsTimeout: true}, cause)
	}
	f.cause = cause
	f.network(cause)
	f.early = x.patient && isRefused(cause)
	f.message = clean(f.message, x.secrets)
	return f
}

// retry reports whether another attempt may help.
func (f *failure) retry() bool {
	switch {
	case f.local != nil, f.fatal:
		return false
	case f.status == 0:
		return f.offline
	case f.status == 429, f.status == 500, f.status == 502, f.status == 503, f.status == 504:
		return true
	}
	return f.throttled()
}

// throttled reports whether STS throttles: with an OAuth error and this sentence
// (google-github-actions/auth#427).
func (f *failure) throttled() bool { return strings.Contains(f.message, "request was throttled") }

// down says that the service could not do its work, whatever was asked of it.
func (f *failure) down() bool { return f.offline || f.retry() }

// parse reads the body of a failure, in any of the forms that Google's servers
// use: the API's error object, OAuth's, a metadata server's plain text, a front
// end's HTML.
func (f *failure) parse(body []byte) {
	f.strange = true
	var reply struct {
		Error            json.RawMessage `json:"error"`
		ErrorDescription string          `json:"error_description"`
		ErrorSubtype     string          `json:"error_subtype"`
		Message          string          `json:"message"` // of a cloud's local service
		Errors           json.RawMessage `json:"errors"`  // of a vault
	}
	if json.Unmarshal(body, &reply) != nil || len(reply.Error) == 0 {
		var errs []string
		_ = json.Unmarshal(reply.Errors, &errs) // others have objects there
		f.message = cmp.Or(reply.Message, strings.Join(errs, "; "), plainText(string(body), f.status))
		return
	}
	if json.Unmarshal(reply.Error, &f.oauth) == nil {
		f.subtype, f.message = word(reply.ErrorSubtype), reply.ErrorDescription
		if f.message == "" {
			f.message = f.oauth // a sentence, from a server that does not speak OAuth
		}
		f.oauth = word(f.oauth)
		return
	}
	var api struct {
		Message string            `json:"message"`
		Status  string            `json:"status"`
		Details []json.RawMessage `json:"details"`
	}
	if json.Unmarshal(reply.Error, &api) != nil {
		f.message = plainText("", f.status)
		return
	}
	f.code, f.message = word(api.Status), api.Message
	f.strange = api.Status == "" && api.Message == ""
	if f.message == "" {
		f.message = plainText("", f.status)
	}
	f.details = api.Details
	for _, raw := range api.Details {
		f.violation = cmp.Or(f.violation, violationOf(raw))
		var info struct {
			Type     string            `json:"@type"`
			Reason   string            `json:"reason"`
			Domain   string            `json:"domain"`
			Metadata map[string]string `json:"metadata"`
		}
		if json.Unmarshal(raw, &info) == nil && strings.HasSuffix(info.Type, "/google.rpc.ErrorInfo") {
			f.reason, f.domain, f.metadata = word(info.Reason), clean(info.Domain, nil), info.Metadata
		}
	}
}

// plainText returns the text of a body that is no JSON; HTML says less than the
// status.
func plainText(body string, status int) string {
	body = strings.TrimSpace(body)
	if body == "" || strings.HasPrefix(body, "<") || strings.HasPrefix(body, "{") {
		return fmt.Sprintf("HTTP status %d", status)
	}
	return body
}

// word returns s if it is a plain identifier, as every code and reason is.
func word(s string) string {
	if len(s) > 80 || strings.ContainsFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return ""
	}
	return s
}

// clean makes outside text one short line without the secrets in play, see
// [helper.Clean].
func clean(s string, secrets []string) string {
	return strings.TrimSuffix(helper.Clean(s, secrets, maxMessage), ".")
}

// retryAfter reads the header in both forms (RFC 9110, 10.2.3).
func retryAfter(v string, date time.Time) time.Duration {
	if v == "" {
		return 0
	}
	if n, err := strconv.Atoi(v); err == nil && n >= 0 && n < 86400 {
		return time.Duration(n) * time.Second
	}
	for _, layout := range []string{time.RFC1123, time.RFC850, time.ANSIC} {
		if at, err := time.Parse(layout, v); err == nil && !date.IsZero() {
			return max(0, at.Sub(date))
		}
	}
	return 0
}
