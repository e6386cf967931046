package iam

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// given returns a client that brings a source of its own, and a target that names none.
func (w *world) given(s Source) (*Client, helper.Target) {
	w.Helper()
	o := Options{
		Env:   helper.Env{Getenv: func(name string) string { return w.env[name] }, HomeDir: w.dir, Now: time.Now},
		Store: w.store, Source: s, Transport: w.spy, Call: Call{Retry: &Retry{Pause: time.Millisecond}},
	}
	t := w.target(w.s.UserADC(alice), deployer)
	t.Source = helper.Source{}
	return New(o), t
}

// tokenFunc is an oauth2.TokenSource.
type tokenFunc func() (*oauth2.Token, error)

func (f tokenFunc) Token() (*oauth2.Token, error) { return f() }

// TestGivenSources has every way in which a program brings its source identity.
func TestGivenSources(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	adc := w.file("adc.json", w.s.UserADC(alice))
	w.env["GOOGLE_APPLICATION_CREDENTIALS"] = adc
	token := &oauth2.Token{AccessToken: w.s.AccessToken(builder, time.Hour, helper.DefaultScope), Expiry: time.Now().Add(time.Hour)}
	for _, c := range []struct {
		name   string
		source Source
		who    string
	}{
		{"application default", ApplicationDefault(), alice},
		{"file", CredentialsFile(w.file("key.json", w.s.KeyADC(builder))), builder},
		{"JSON", CredentialsJSON(w.s.KeyADC(builder)), builder},
		{"tokens", TokenSource(oauth2.StaticTokenSource(token)), builder},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.T = t
			client, target := w.given(c.source)
			w.s.ResetCalls()
			tok, err := client.Mint(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			w.wantPrincipal(tok, deployer)
			if got := w.s.Log("generateAccessToken")[0].Principal; got != c.who {
				t.Errorf("asked as %q, want %q", got, c.who)
			}
			if sig, err := client.SignBlob(t.Context(), target, []byte("x")); err != nil || sig.Account != deployer {
				t.Errorf("%+v, %v", sig, err)
			}
			// A target that names its own source has that one.
			target.Source = helper.Source{Kind: "file", Path: adc}
			w.s.ResetCalls()
			if _, err := client.Mint(t.Context(), target); err != nil || w.s.Log("generateAccessToken")[0].Principal != alice {
				t.Errorf("not as its own source: %v", err)
			}
			// Nothing is impersonated where the target does not say so.
			target.Source, target.ServiceAccount = helper.Source{}, ""
			if _, err := client.Mint(t.Context(), target); family(err) != "parameter serviceAccount" {
				t.Errorf("%v", err)
			}
			target.Own = true
			if tok, err = client.Mint(t.Context(), target); err != nil {
				t.Fatal(err)
			}
			w.wantPrincipal(tok, c.who)
		})
	}
}

// One client serves many goroutines, and each has its own calls.
func TestWithTogether(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	client, target := w.given(CredentialsJSON(w.s.UserADC(alice)))
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			one := client.With(Call{Header: http.Header{"X-Number": {strconv.Itoa(i)}}, Retry: &Retry{Attempts: i + 1}})
			if _, err := one.SignBlob(t.Context(), target, []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestOwnEnvironment has a client that was given none, and finds its process's; what
// it was given it keeps.
func TestOwnEnvironment(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", w.file("adc.json", w.s.UserADC(alice)))
	_, target := w.given(nil)
	lines := 0
	client := New(Options{Source: ApplicationDefault(), Env: helper.Env{Log: func(string, ...any) { lines++ }}})
	tok, err := client.Mint(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	w.wantPrincipal(tok, deployer)
	if lines == 0 {
		t.Error("the log that it was given is not used")
	}
	// An environment that is given is not mixed with the process's.
	w.env["GOOGLE_APPLICATION_CREDENTIALS"] = w.file("key.json", w.s.KeyADC(builder))
	client, target = w.given(ApplicationDefault())
	target.ServiceAccount, target.Own = "", true
	if tok, err = client.Mint(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	w.wantPrincipal(tok, builder)
}

// TestNoSource has a client without a source: never one that was not asked for.
func TestNoSource(t *testing.T) {
	w := newWorld(t)
	w.env["GOOGLE_APPLICATION_CREDENTIALS"] = w.file("adc.json", w.s.UserADC(alice))
	client, target := w.given(nil)
	_, err := client.Mint(t.Context(), target)
	w.checkError(err, "bad-parameter")
	if family(err) != "parameter source" {
		t.Errorf("%v", err)
	}
	for want, s := range map[string]Source{
		"source":  CredentialsFile(""),
		"source ": TokenSource(nil),
	} {
		client, target := w.given(s)
		if _, err := client.Mint(t.Context(), target); family(err) != "parameter "+strings.TrimSpace(want) {
			t.Errorf("%v", err)
		}
	}
	for code, s := range map[string]Source{
		"bad-source":  CredentialsJSON([]byte(`{"type":"authorized_user"}`)),
		"bad-source ": CredentialsFile(w.dir + "/none.json"),
	} {
		client, target := w.given(s)
		_, err := client.Mint(t.Context(), target)
		w.checkError(err, strings.TrimSpace(code))
	}
	w.env["GOOGLE_APPLICATION_CREDENTIALS"] = w.dir + "/none.json"
	client, target = w.given(ApplicationDefault())
	_, err = client.Mint(t.Context(), target)
	w.checkError(err, "no-source", "unset GOOGLE_APPLICATION_CREDENTIALS")
	w.calls(0)
}

// TestTokenSource has what a token source of the caller's can do.
func TestTokenSource(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	good := w.s.AccessToken(alice, time.Hour, helper.DefaultScope)
	own := errors.New("the caller's own")
	down := &oauth2.RetrieveError{Response: &http.Response{StatusCode: 503}, Body: []byte("<html>")}
	revoked := &oauth2.RetrieveError{Response: &http.Response{StatusCode: 400}, Body: []byte(`{"error":"invalid_grant","error_description":"Token has been revoked."}`)}
	for _, c := range []struct {
		name  string
		token tokenFunc
		code  string
		is    error
		want  string // the family
	}{
		{"its error", func() (*oauth2.Token, error) { return nil, own }, "bad-source", own, ""},
		{"a secret in its error", func() (*oauth2.Token, error) { return nil, errors.New(`bad {"refresh_token":"plain-secret"}`) }, "bad-source", nil, ""},
		{"its endpoint is down", func() (*oauth2.Token, error) { return nil, down }, "unavailable", down, "retry 5, api 503 source"},
		{"its sign-in is revoked", func() (*oauth2.Token, error) { return nil, revoked }, "sign-in", revoked, "api 400 invalid_grant source"},
		{"no token", func() (*oauth2.Token, error) { return nil, nil }, "bad-source", nil, ""},
		{"an empty token", func() (*oauth2.Token, error) { return &oauth2.Token{}, nil }, "bad-source", nil, ""},
		{"an expired token", func() (*oauth2.Token, error) {
			return &oauth2.Token{AccessToken: good, Expiry: time.Now().Add(-time.Minute)}, nil
		}, "bad-source", nil, ""},
		{"a token with a line break", func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: good + "\r\nX: y"}, nil }, "bad-source", nil, ""},
		{"another type", func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: good, TokenType: "MAC"}, nil }, "bad-source", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.T = t
			client, target := w.given(TokenSource(c.token))
			w.spy.add(good, "plain-secret")
			_, err := client.Mint(t.Context(), target)
			w.checkError(err, c.code)
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("%v is not the caller's error", err)
			}
			if got := family(err); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	// A token without an expiry calls, and is no answer itself.
	client, target := w.given(TokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: good})))
	if _, err := client.Mint(t.Context(), target); err != nil {
		t.Error(err)
	}
	target.ServiceAccount, target.Own = "", true
	_, err := client.Mint(t.Context(), target)
	w.checkError(err, "bad-source", "expires")
	// One that hangs is left behind.
	block := make(chan struct{})
	defer close(block)
	client, target = w.given(TokenSource(tokenFunc(func() (*oauth2.Token, error) { <-block; return nil, own })))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = client.Mint(ctx, target)
	w.checkError(err, "unreachable")
}

// Another's tokens are never taken for those of a token source: they have no place in
// the store.
func TestTokenSourceIsNotCached(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	now := alice
	client, target := w.given(TokenSource(tokenFunc(func() (*oauth2.Token, error) {
		return &oauth2.Token{AccessToken: w.s.AccessToken(now, time.Hour, helper.DefaultScope), Expiry: time.Now().Add(time.Hour)}, nil
	})))
	for _, who := range []string{alice, builder} {
		now = who
		w.s.ResetCalls()
		_, err := client.Mint(t.Context(), target)
		if got := w.s.Log("generateAccessToken")[0].Principal; got != who || (err == nil) != (who == alice) {
			t.Errorf("as %q, want %q: %v", got, who, err)
		}
	}
	tok, err := client.Mint(t.Context(), helper.Target{Own: true, Scopes: target.Scopes, Endpoint: target.Endpoint})
	if err != nil || tok.Fingerprint != helper.Unshared {
		t.Errorf("%q, %v", tok.Fingerprint, err)
	}
}
