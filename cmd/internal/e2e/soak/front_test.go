//go:build linux

package soak

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// given is a token that the API answered with, whether or not it arrived.
type given struct {
	account string
	expires time.Time
}

// front is the stand-in on a port of its own, where it can go away and come
// back. It knows every token that went through it.
type front struct {
	address string
	handler http.Handler

	mu     sync.Mutex
	server *http.Server
	tokens map[string]given
	// source are the tokens of source identities.
	source []string
}

// newFront opens a front for a handler.
func newFront(t *testing.T) *front {
	t.Helper()
	f := &front{tokens: map[string]given{}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.address = ln.Addr().String()
	f.serve(ln)
	t.Cleanup(f.stop)
	return f
}

func (f *front) url() string { return "http://" + f.address }

func (f *front) serve(ln net.Listener) {
	s := &http.Server{Handler: f, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	f.mu.Lock()
	f.server = s
	f.mu.Unlock()
	go func() { _ = s.Serve(ln) }()
}

func (f *front) stop() {
	f.mu.Lock()
	s := f.server
	f.mu.Unlock()
	_ = s.Close()
}

// restart takes the front away for a while.
func (f *front) restart(away time.Duration) error {
	f.stop()
	time.Sleep(away)
	var err error
	for range 100 {
		var ln net.Listener
		if ln, err = net.Listen("tcp", f.address); err == nil {
			f.serve(ln)
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return err
}

// ServeHTTP has the stand-in answer, and remembers the tokens in it.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	f.handler.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	f.remember(r.URL.Path, body)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(rec.Code)
	_, _ = io.Copy(w, bytes.NewReader(body))
}

func (f *front) remember(path string, body []byte) {
	var reply struct {
		Access  string    `json:"accessToken"`
		Expires time.Time `json:"expireTime"`
		Source  string    `json:"access_token"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if reply.Source != "" {
		f.source = append(f.source, reply.Source)
	}
	if reply.Access != "" {
		account := path[strings.LastIndexByte(path, '/')+1:]
		f.tokens[reply.Access] = given{strings.TrimSuffix(account, ":generateAccessToken"), reply.Expires}
	}
}

// look returns what is known of a token.
func (f *front) look(token string) (given, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g, ok := f.tokens[token]
	return g, ok
}

// mints counts the tokens that were made for an account.
func (f *front) mints(account string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, g := range f.tokens {
		if g.account == account {
			n++
		}
	}
	return n
}

// all are all tokens that went through.
func (f *front) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := append([]string(nil), f.source...)
	for token := range f.tokens {
		all = append(all, token)
	}
	return all
}
