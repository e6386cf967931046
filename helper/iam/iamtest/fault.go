package iamtest

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// Always is the Times of a standing fault.
const Always = -1

// Wrong names a reply that looks right and is not.
type Wrong string

// The wrong replies. The audience and account kinds concern ID tokens and are
// signed with Google's true key: only the claims tell.
const (
	NoExpiry       Wrong = "no-expiry"
	PastExpiry     Wrong = "past-expiry"
	FarExpiry      Wrong = "far-expiry"
	GarbageExpiry  Wrong = "garbage-expiry"
	EmptyToken     Wrong = "empty-token"
	NoToken        Wrong = "no-token"
	NewlineToken   Wrong = "newline-token"
	OtherAudience  Wrong = "other-audience"
	OtherAccount   Wrong = "other-account"
	BadSignature   Wrong = "bad-signature"
	UnparsedString Wrong = "not-a-jwt"
)

// Fault is one way to fail. The first fault in the queue that fits a call is
// used; its parts combine in the order of the fields.
type Fault struct {
	// Method is a Call.Method, or "*" or "" for any.
	Method string `json:"method,omitempty"`
	// Target limits the fault to calls for one account, by e-mail or unique id.
	Target string `json:"target,omitempty"`
	// Skip lets so many fitting calls pass first.
	Skip int `json:"skip,omitempty"`
	// Times is how often the fault happens: 0 is once, Always until ClearFaults.
	Times int `json:"times,omitempty"`

	// Delay is waited for first.
	Delay time.Duration `json:"delay,omitempty"`
	// Hang never answers: it ends when the client gives up or the Server closes.
	Hang bool `json:"hang,omitempty"`
	// Endless answers, with Status, and does not come to an end.
	Endless Endless `json:"endless,omitempty"`
	// Reset breaks the TCP connection.
	Reset bool `json:"reset,omitempty"`
	// Redirect answers 307 (or Status) with this Location.
	Redirect string `json:"redirect,omitempty"`

	// Status answers with this status and an error in the method's own form,
	// without doing anything. The fields below shape it.
	Status int `json:"status,omitempty"`
	// Reason is ErrorInfo's reason, or the OAuth error code.
	Reason string `json:"reason,omitempty"`
	// Message replaces the usual text; Subtype is OAuth's error_subtype.
	Message string `json:"message,omitempty"`
	Subtype string `json:"subtype,omitempty"`
	// RetryAfter is sent as the header, in seconds or as an HTTP date.
	RetryAfter string `json:"retryAfter,omitempty"`
	// HTML sends a front end's page; Body any bytes (as ContentType, JSON if
	// empty); Empty no body; Huge a JSON text of so many bytes.
	HTML        bool   `json:"html,omitempty"`
	Body        string `json:"body,omitempty"`
	ContentType string `json:"contentType,omitempty"`
	Empty       bool   `json:"empty,omitempty"`
	Huge        int    `json:"huge,omitempty"`

	// Truncate breaks the connection in the middle of the body.
	Truncate bool `json:"truncate,omitempty"`
	// Wrong bends a good reply.
	Wrong Wrong `json:"wrong,omitempty"`
	// Edit bends a good JSON reply in any other way.
	Edit func(reply map[string]any) `json:"-"`

	left int
}

// Fail queues faults. Each is used up on its own; a standing one hides those
// queued behind it.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.left = f.Times; f.left == 0 {
			f.left = 1
		}
		s.faults = append(s.faults, &f)
	}
}

// ClearFaults removes all faults, standing ones too.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// PendingFaults counts the queued faults that have not happened as often as
// they should; standing ones do not count.
func (s *Server) PendingFaults() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, f := range s.faults {
		if f.left > 0 {
			n++
		}
	}
	return n
}

// takeFault uses up the first fault that fits, nil if none does.
func (s *Server) takeFault(q *request) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.Method != "" && f.Method != "*" && f.Method != q.call.Method {
			continue
		}
		if f.Target != "" && !s.aims(q, f.Target) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.left > 0 {
			if f.left--; f.left == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		c := *f
		return &c
	}
	return nil
}

func (s *Server) aims(q *request, target string) bool {
	name, _, ok := splitName(q.URL.Path)
	if !ok {
		return false
	}
	a, b := s.find(name), s.find(target)
	return name == target || (a != nil && a == b)
}

// breakEarly does the part of a fault that keeps the endpoint from answering.
func (s *Server) breakEarly(q *request, f *Fault) (reply, bool) {
	if f == nil {
		return reply{}, false
	}
	s.wait(q.Request, f.Delay)
	switch {
	case f.Hang:
		select {
		case <-q.Context().Done():
		case <-s.done:
		}
		panic(http.ErrAbortHandler)
	case f.Reset:
		reset(q.Request)
		panic(http.ErrAbortHandler)
	case f.Redirect != "":
		status := f.Status
		if status == 0 {
			status = http.StatusTemporaryRedirect
		}
		return page(status).with("Location", f.Redirect), true
	}
	if f.Status == 0 && !f.HTML && f.Body == "" && !f.Empty && f.Huge == 0 {
		return reply{}, false
	}
	r := f.reply(q.call.Method)
	if f.RetryAfter != "" {
		r = r.with("Retry-After", f.RetryAfter)
	}
	r.cut = f.Truncate
	return r, true
}

// reply is the failed reply in the form of the method.
func (f *Fault) reply(method string) reply {
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	kind := f.ContentType
	if kind == "" {
		kind = "application/json; charset=UTF-8"
	}
	switch {
	case f.Empty:
		return reply{status: status, raw: []byte{}, kind: kind}
	case f.Huge > 0:
		body := append([]byte(`{"accessToken":"`), bytes.Repeat([]byte("x"), f.Huge)...)
		return reply{status: status, raw: append(body, `"}`...), kind: kind}
	case f.Body != "":
		return reply{status: status, raw: []byte(f.Body), kind: kind}
	case f.HTML:
		return page(status)
	}
	switch method {
	case "token", "sts", "oauthtoken":
		return f.oauth(status)
	case "metadata", "aws", "subject":
		message := f.Message
		if message == "" {
			message = http.StatusText(status)
		}
		return text(status, message+"\n")
	}
	return f.api(status)
}

func (f *Fault) oauth(status int) reply {
	code := f.Reason
	if code == "" {
		code = "internal_failure"
	}
	r := oauthError(status, code, f.Message)
	if f.Subtype != "" {
		r.json["error_subtype"] = f.Subtype
	}
	if strings.HasSuffix(f.Subtype, "rapt") {
		r.json["error_uri"] = "https://support.google.com/a/answer/9368756"
	}
	return r
}

func (f *Fault) api(status int) reply {
	if status == http.StatusTooManyRequests && f.Reason == "" && f.Message == "" {
		return rateLimited()
	}
	name, message := statusText(status)
	if f.Message != "" {
		message = f.Message
	}
	if f.Reason == "" {
		return apiError(status, name, message)
	}
	return apiError(status, name, message, errorInfo(f.Reason, "googleapis.com", map[string]any{"service": apiService}))
}

func statusText(code int) (status, message string) {
	switch code {
	case 400:
		return "INVALID_ARGUMENT", "Request contains an invalid argument."
	case 401:
		return "UNAUTHENTICATED", badCredentials
	case 403:
		return "PERMISSION_DENIED", "The caller does not have permission"
	case 404:
		return "NOT_FOUND", "Requested entity was not found."
	case 429:
		return "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."
	case 503:
		return "UNAVAILABLE", "The service is currently unavailable."
	case 504:
		return "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."
	}
	return "INTERNAL", "Internal error encountered."
}
