package iamtest

import (
	"net/http"
	"slices"
	"time"
)

// Call is one request that the Server received.
type Call struct {
	// Method is generateAccessToken, generateIdToken, signBlob, signJwt,
	// allowedLocations, token, sts, oauthtoken, metadata, aws, subject, keys,
	// signin or unknown.
	Method string `json:"method"`
	// HTTPMethod, Path and Query are those of the request line.
	HTTPMethod string `json:"httpMethod"`
	Path       string `json:"path"`
	Query      string `json:"query,omitempty"`
	// Principal is who called, as far as the call said so; SelfSigned that the
	// bearer was a self-signed JWT.
	Principal  string `json:"principal,omitempty"`
	SelfSigned bool   `json:"selfSigned,omitempty"`
	// Target and Delegates are e-mails; Target is as the request named it if
	// there is no such account. RawDelegates is as sent.
	Target       string   `json:"target,omitempty"`
	Delegates    []string `json:"delegates,omitempty"`
	RawDelegates []string `json:"rawDelegates,omitempty"`
	// Scopes, Audience and Lifetime are as asked for.
	Scopes   []string `json:"scopes,omitempty"`
	Audience string   `json:"audience,omitempty"`
	Lifetime string   `json:"lifetime,omitempty"`
	// Headers holds the ones of interest: x-goog-*, User-Agent, Content-Type,
	// Metadata-Flavor. Authorization is never among them.
	Headers map[string]string `json:"headers,omitempty"`
	// NewConnection says that the request was the first of its connection.
	NewConnection bool `json:"newConnection"`
	// Proto is HTTP/1.1 or HTTP/2.0.
	Proto string `json:"proto"`
	// Time is when it arrived and Ended when it was answered or given up, by the
	// Server's clock; Ended is zero until then.
	Time  time.Time `json:"time"`
	Ended time.Time `json:"ended"`
	// Status is the reply's; 0 while there is none, or when the connection broke.
	Status int `json:"status"`
}

func ofInterest() []string {
	return []string{
		"User-Agent", "Content-Type", "Metadata-Flavor", "X-Goog-User-Project", "X-Goog-Request-Params",
		"X-Goog-Request-Reason", "X-Goog-Api-Client", "X-Goog-Api-Key",
	}
}

// record enters a call in the log as it arrives.
func (s *Server) record(method string, r *http.Request) *Call {
	c := &Call{
		Method: method, HTTPMethod: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery,
		NewConnection: isNew(r), Proto: r.Proto, Time: s.Now(),
	}
	for _, name := range ofInterest() {
		if v := r.Header.Get(name); v != "" {
			if c.Headers == nil {
				c.Headers = map[string]string{}
			}
			c.Headers[http.CanonicalHeaderKey(name)] = v
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	return c
}

// Header returns a recorded header by its name in any case, "" if absent.
func (c Call) Header(name string) string { return c.Headers[http.CanonicalHeaderKey(name)] }

// Calls counts the calls of the methods named, or all of them.
func (s *Server) Calls(methods ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		if len(methods) == 0 || slices.Contains(methods, c.Method) {
			n++
		}
	}
	return n
}

// Log returns the calls so far, oldest first, of the methods named or all.
func (s *Server) Log(methods ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := []Call{}
	for _, c := range s.calls {
		if len(methods) == 0 || slices.Contains(methods, c.Method) {
			log = append(log, *c)
		}
	}
	return log
}

// Connections counts the TCP connections accepted since ResetCalls.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conns
}

// ResetCalls forgets the calls and connections counted so far.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.conns = nil, 0
}
