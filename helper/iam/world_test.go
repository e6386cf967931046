package iam

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	alice    = "alice@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	middle   = "middle@demo-project.iam.gserviceaccount.com"
	second   = "second@demo-project.iam.gserviceaccount.com"
	builder  = "builder@demo-project.iam.gserviceaccount.com"
)

// world is a Client, the stand-in it talks to, and all that a secret could have
// leaked into.
type world struct {
	*testing.T
	s     *iamtest.Server
	c     *Client
	store *keystore.Memory
	spy   *spy
	env   map[string]string
	dir   string
	mu    sync.Mutex
	log   strings.Builder
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := iamtest.NewServer(iamtest.Options{TokenBytes: 64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	w := &world{T: t, s: s, spy: &spy{base: &http.Transport{}}, env: map[string]string{}, dir: t.TempDir()}
	t.Cleanup(w.spy.base.CloseIdleConnections)
	w.store = keystore.NewMemory(time.Now)
	w.c = w.client()
	for _, email := range []string{deployer, middle, second, builder} {
		s.ServiceAccount(email)
	}
	s.User(alice)
	return w
}

// client returns another Client on the same store, as a second process has.
func (w *world) client() *Client {
	c := New(Options{
		Env: helper.Env{
			Getenv: func(name string) string { return w.env[name] }, Now: time.Now,
			Log: func(format string, args ...any) {
				w.mu.Lock()
				defer w.mu.Unlock()
				fmt.Fprintf(&w.log, format+"\n", args...)
			},
		},
		Store: w.store, Version: "1.2.3", Transport: w.spy,
	})
	c.limits.firstPause = time.Millisecond
	return c
}

// target is an access token of account by the document.
func (w *world) target(doc []byte, account string, delegates ...string) helper.Target {
	w.Helper()
	path := filepath.Join(w.dir, fmt.Sprintf("adc-%d.json", time.Now().UnixNano()))
	if err := os.WriteFile(path, doc, 0o600); err != nil {
		w.Fatal(err)
	}
	w.spy.addDocument(doc)
	return helper.Target{
		ServiceAccount: account, Own: account == "", Delegates: delegates, Token: helper.Access, Scopes: []string{helper.DefaultScope},
		Lifetime: time.Hour, Source: helper.Source{Kind: "file", Path: path}, Endpoint: w.s.Endpoint(),
		Issuer: helper.Google, UniverseDomain: helper.DefaultUniverse,
	}
}

func (w *world) sourceTarget(source helper.Source, account string, delegates ...string) helper.Target {
	t := w.target(w.s.UserADC(alice), account, delegates...)
	t.Source = source
	return t
}

func (w *world) mint(t helper.Target) helper.Token {
	w.Helper()
	tok, err := w.c.Mint(context.Background(), t)
	if err != nil {
		w.Fatalf("Mint: %v\n%s", err, w.log.String())
	}
	return tok
}

// wantPrincipal checks whose access token it is.
func (w *world) wantPrincipal(tok helper.Token, want string) {
	w.Helper()
	if got, ok := w.s.Principal(tok.Secret.Reveal()); !ok || got != want {
		w.Errorf("token is of %q (%t), want %q", got, ok, want)
	}
}

// calls checks how many exchanges there were since the last time.
func (w *world) calls(want int) {
	w.Helper()
	if got := w.s.Calls(); got != want {
		var names []string
		for _, c := range w.s.Log() {
			names = append(names, fmt.Sprintf("%s %d", c.Method, c.Status))
		}
		w.Errorf("%d exchanges, want %d: %s", got, want, strings.Join(names, ", "))
	}
	w.s.ResetCalls()
}

// wantError mints and checks the error: one line, typed, with a command, and
// without any of the secrets that were ever in play.
func (w *world) wantError(t helper.Target, code string, words ...string) *helper.Error {
	w.Helper()
	_, err := w.c.Mint(context.Background(), t)
	return w.checkError(err, code, words...)
}

func (w *world) checkError(err error, code string, words ...string) *helper.Error {
	w.Helper()
	var e *helper.Error
	if !errors.As(err, &e) {
		w.Fatalf("error %v is not a *helper.Error", err)
	}
	text := e.Error()
	if e.Code != code {
		w.Errorf("code %q, want %q: %s", e.Code, code, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			w.Errorf("%q is not in: %s", word, text)
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x1b }) {
		w.Errorf("control byte in %q", text)
	}
	if e.Op == "" || e.Object == "" || e.Reason == "" || e.Who == "" {
		w.Errorf("incomplete error %+v", e)
	}
	w.noSecrets(text)
	return e
}

// noSecrets checks texts and the log against all secrets.
func (w *world) noSecrets(texts ...string) {
	w.Helper()
	w.mu.Lock()
	texts = append(texts, w.log.String())
	w.mu.Unlock()
	secrets := w.spy.known()
	for _, text := range texts {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				w.Errorf("secret %.6s... of %d bytes leaked into: %s", secret, len(secret), text)
			}
		}
	}
}

// spy is a transport that remembers every secret that went over it.
type spy struct {
	base *http.Transport
	mu   sync.Mutex
	list []string
	// lastHeader is of the last request to the API.
	lastHeader http.Header
	// hosts are those of all requests, in order.
	hosts, paths []string
	// moved are hosts that are served elsewhere.
	moved map[string]string
}

func (s *spy) add(secrets ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range secrets {
		if len(v) >= 8 && !slices.Contains(s.list, v) {
			s.list = append(s.list, v)
		}
	}
}

func (s *spy) known() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.list)
}

// addDocument adds the secrets of a credential document.
func (s *spy) addDocument(doc []byte) {
	var members map[string]any
	if json.Unmarshal(doc, &members) != nil {
		return
	}
	for _, name := range []string{"refresh_token", "client_secret"} {
		if v, ok := members[name].(string); ok {
			s.add(v)
		}
	}
	if key, ok := members["private_key"].(string); ok {
		lines := strings.FieldsFunc(key, func(r rune) bool { return r == '\n' || r == ' ' || r == '\\' })
		s.add(lines[len(lines)/2])
	}
	if inner, ok := members["source_credentials"]; ok {
		raw, _ := json.Marshal(inner)
		s.addDocument(raw)
	}
}

func (s *spy) RoundTrip(req *http.Request) (*http.Response, error) {
	s.add(secretsOf(req)...)
	s.mu.Lock()
	s.hosts, s.paths = append(s.hosts, req.URL.Host), append(s.paths, req.URL.Path)
	s.mu.Unlock()
	if to := s.moved[req.URL.Host]; to != "" {
		req = req.Clone(req.Context())
		req.URL.Host = to
	}
	if strings.Contains(req.URL.Path, "/serviceAccounts/") {
		s.mu.Lock()
		s.lastHeader = req.Header.Clone()
		s.mu.Unlock()
	}
	res, err := s.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	var reply map[string]any
	if json.Unmarshal(body, &reply) == nil {
		for _, name := range []string{"accessToken", "access_token", "token", "signedJwt", "id_token"} {
			if v, ok := reply[name].(string); ok {
				s.add(strings.Split(v, "\n")[0])
			}
		}
	}
	rest := io.Reader(bytes.NewReader(body))
	if err != nil {
		rest = io.MultiReader(rest, failing{err})
	} else {
		rest = io.MultiReader(rest, res.Body)
	}
	res.Body = struct {
		io.Reader
		io.Closer
	}{rest, res.Body}
	return res, nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
