package metadata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	account    = "deployer@proj.iam.gserviceaccount.com"
	host       = "127.0.0.1:4711"
	capability = "capability of this run"
)

// made makes tokens that say what they are for.
type made struct{ err error }

func (m made) Access(_ context.Context, scopes []string) (helper.Token, error) {
	return helper.Token{Secret: keystore.NewSecret("access " + strings.Join(scopes, " ")), Expires: time.Unix(1000, 0)}, m.err
}

func (m made) ID(_ context.Context, audience string) (helper.Token, error) {
	return helper.Token{Secret: keystore.NewSecret("id " + audience)}, m.err
}

func newServer() *Server {
	return &Server{
		Account: Account{Email: account, Project: "proj", Universe: "googleapis.com", Scopes: []string{"scope-a", "scope-b"}},
		Tokens:  made{}, Now: func() time.Time { return time.Unix(100, 0) }, Host: host, Capability: keystore.NewSecret(capability),
	}
}

// get asks as a library does; headers are NAME VALUE NAME VALUE, and a value of "" takes
// one away.
func get(s *Server, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "http://"+host+path, nil)
	r.Header.Set(flavor, "Google")
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			r.Header.Del(headers[i])
		}
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const v1 = "/computeMetadata/v1/"

// TestAnswers has all that libraries ask for.
func TestAnswers(t *testing.T) {
	const accounts = v1 + "instance/service-accounts/"
	one := `{"aliases":["default"],"email":"` + account + `","scopes":["scope-a","scope-b"]}`
	for path, want := range map[string]string{
		"/":                                        "computeMetadata/",
		"/computeMetadata/":                        "v1/\n",
		v1:                                         "instance/\nproject/\nuniverse/\n",
		v1 + "instance":                            "attributes/\nservice-accounts/\n",
		v1 + "project/project-id":                  "proj",
		v1 + "project/project-id?alt=json":         `"proj"`,
		v1 + "universe/universe-domain":            "googleapis.com",
		v1 + "universe/universe_domain":            "googleapis.com",
		accounts:                                   account + "/\ndefault/\n",
		accounts + "default/":                      "aliases\nemail\nidentity\nscopes\ntoken\n",
		accounts + "default/aliases":               "default\n",
		accounts + "default/email":                 account,
		accounts + account + "/email":              account,
		accounts + "default/scopes":                "scope-a\nscope-b\n",
		accounts + "default/?recursive=true":       one,
		accounts + "?recursive=true":               `{"default":` + one + `,"` + account + `":` + one + `}`,
		v1 + "project/?recursive=true":             `{"attributes":{},"projectId":"proj"}`,
		accounts + "default/token":                 `{"access_token":"access ","expires_in":900,"token_type":"Bearer"}`,
		accounts + "default/token?scopes=x,y":      `{"access_token":"access x y","expires_in":900,"token_type":"Bearer"}`,
		accounts + "default/identity?audience=aud": "id aud",
		accounts + account + "/identity?audience=https%3A%2F%2Fa%2F&format=full&licenses=TRUE": "id https://a/",
	} {
		w := get(newServer(), path)
		if w.Code != http.StatusOK || w.Body.String() != want {
			t.Errorf("%s: %d %s, want %s", path, w.Code, w.Body, want)
		}
		if w.Header().Get(flavor) != "Google" {
			t.Errorf("%s: without Metadata-Flavor", path)
		}
		if w.Header().Get("Server") != helper.ExecServer {
			t.Errorf("%s: our own programs would take it for a machine's", path)
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: a token would be kept, or taken for a page: %v", path, w.Header())
		}
	}
	s := newServer()
	s.Account.Number = "123456"
	if w := get(s, v1+"?recursive=true"); !strings.Contains(w.Body.String(), `"numericProjectId":123456`) {
		t.Errorf("recursive: %s", w.Body)
	}
	if w := get(s, v1+"project/numeric-project-id"); w.Body.String() != "123456" {
		t.Errorf("number: %s", w.Body)
	}
}

// TestUnknown says that there is no such thing, rather than make something up.
func TestUnknown(t *testing.T) {
	s := newServer()
	s.Account = Account{Universe: "googleapis.com"}
	for _, path := range []string{
		"/computeMetadata/v1beta1/", "/latest/meta-data/", v1 + "instance/zone", v1 + "project/numeric-project-id", v1 + "project/project-id",
		v1 + "instance/service-accounts/default/email", v1 + "instance/service-accounts/other@proj.iam.gserviceaccount.com/token",
		v1 + "instance/service-accounts/default/email/x", v1 + "../x",
	} {
		if w := get(s, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	if w := get(s, v1+"instance/service-accounts/default/identity"); w.Code != http.StatusBadRequest {
		t.Errorf("identity without an audience: %d %s", w.Code, w.Body)
	}
}

// TestRefused has what a browser or a proxy could be talked into.
func TestRefused(t *testing.T) {
	const token = v1 + "instance/service-accounts/default/token"
	for name, headers := range map[string][]string{
		"without the header":   {flavor, ""},
		"another flavor":       {flavor, "google"},
		"through a proxy":      {"X-Forwarded-For", "10.0.0.1"},
		"through a proxy's 2":  {"Forwarded", "for=10.0.0.1"},
		"with an empty header": {"X-Forwarded-For", " "},
	} {
		if w := get(newServer(), token, headers...); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "access") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	for _, other := range []string{"evil.example.com", "localhost:4711", "127.0.0.1", "127.0.0.1:4712", "metadata.google.internal"} {
		r := httptest.NewRequest(http.MethodGet, "http://"+other+token, nil)
		r.Header.Set(flavor, "Google")
		w := httptest.NewRecorder()
		newServer().ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("Host %s: %d", other, w.Code)
		}
	}
	for _, method := range []string{http.MethodPost, http.MethodOptions, http.MethodPut, http.MethodDelete} {
		r := httptest.NewRequest(method, "http://"+host+token, nil)
		r.Header.Set(flavor, "Google")
		w := httptest.NewRecorder()
		newServer().ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
}

// TestSecretPath answers below the secret alone, under any name.
func TestSecretPath(t *testing.T) {
	s := newServer()
	s.Host, s.Path = "", "/SECRET"
	for path, want := range map[string]int{
		"/SECRET" + v1: 200, "/SECRET/": 200, "/SECRET": 200,
		v1: 403, "/": 403, "/SECRE" + v1: 403, "/secret" + v1: 403, "/SECRETS" + v1: 404, "//SECRET" + v1: 403, TokenPath: 403,
	} {
		if w := get(s, path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func exchange(s *Server, form url.Values) (int, map[string]any) {
	r := httptest.NewRequest(http.MethodPost, "http://"+host+TokenPath, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var reply map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &reply)
	return w.Code, reply
}

// TestExchange answers for the capability of this run alone.
func TestExchange(t *testing.T) {
	subject := url.Values{"grant_type": {grantExchange}, "subject_token": {capability}, "scope": {"x y"}}
	if status, got := exchange(newServer(), subject); status != 200 || got["access_token"] != "access x y" || got["expires_in"] != 900.0 || got["issued_token_type"] != typeAccess {
		t.Errorf("%d %v", status, got)
	}
	refresh := url.Values{"grant_type": {grantRefresh}, "refresh_token": {capability}}
	if status, got := exchange(newServer(), refresh); status != 200 || got["access_token"] != "access " {
		t.Errorf("%d %v", status, got)
	}
	without := newServer()
	without.Capability = keystore.Secret{}
	for name, tt := range map[string]struct {
		s    *Server
		form url.Values
	}{
		"another capability": {newServer(), url.Values{"grant_type": {grantExchange}, "subject_token": {capability + "x"}}},
		"none":               {newServer(), url.Values{"grant_type": {grantExchange}}},
		"in the other place": {newServer(), url.Values{"grant_type": {grantExchange}, "refresh_token": {capability}}},
		"another grant":      {newServer(), url.Values{"grant_type": {"password"}, "subject_token": {capability}}},
		"a server without":   {without, url.Values{"grant_type": {grantExchange}, "subject_token": {""}}},
	} {
		if status, got := exchange(tt.s, tt.form); status != 400 || got["access_token"] != nil || got["error"] == nil {
			t.Errorf("%s: %d %v", name, status, got)
		}
	}
	big := url.Values{"grant_type": {grantExchange}, "subject_token": {capability}, "x": {strings.Repeat("x", maxForm)}}
	if status, _ := exchange(newServer(), big); status != 400 {
		t.Errorf("a form of 64 KB: %d", status)
	}
	r := httptest.NewRequest(http.MethodPost, "http://"+host+TokenPath+"?"+subject.Encode(), strings.NewReader(""))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if newServer().ServeHTTP(w, r); w.Code != 400 {
		t.Errorf("in the query, which is logged: %d", w.Code)
	}
	if w := get(newServer(), TokenPath+"?grant_type=refresh_token&refresh_token="+url.QueryEscape(capability)); w.Code != 405 {
		t.Errorf("GET: %d", w.Code)
	}
}

// TestErrors says why there is no token, and whether to try again.
func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		err    helper.Error
		status int
		code   string
	}{
		{helper.Error{Who: helper.Admin, Op: "mint", Reason: "denied", Code: "permission-denied"}, 403, "invalid_grant"},
		{helper.Error{Who: helper.User, Op: "mint", Reason: "no such account", Code: "not-found"}, 404, "invalid_grant"},
		{helper.Error{Who: helper.User, Op: "mint", Reason: "no answer", Unreachable: true}, 503, "temporarily_unavailable"},
	} {
		s := newServer()
		s.Tokens = made{&tt.err}
		for _, path := range []string{"token", "identity?audience=a"} {
			if w := get(s, v1+"instance/service-accounts/default/"+path); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.err.Reason) {
				t.Errorf("%s: %d %s", path, w.Code, w.Body)
			}
		}
		if _, got := exchange(s, url.Values{"grant_type": {grantExchange}, "subject_token": {capability}}); got["error"] != tt.code {
			t.Errorf("%v", got)
		}
	}
	s := newServer()
	s.Tokens = made{errors.New("anything")}
	if w := get(s, v1+"instance/service-accounts/default/token"); w.Code != 403 {
		t.Errorf("%d", w.Code)
	}
}

// TestWait answers a change at once and nothing new after a while, and ends with its
// client.
func TestWait(t *testing.T) {
	s := newServer()
	etag := get(s, v1+"project/project-id").Header().Get("ETag")
	if etag == "" {
		t.Fatal("no ETag")
	}
	start := time.Now()
	for _, query := range []string{"wait_for_change=true", "wait_for_change=true&last_etag=0", "wait_for_change=true&timeout_sec=0&last_etag=" + etag, "last_etag=" + etag} {
		if w := get(s, v1+"project/project-id?"+query); w.Body.String() != "proj" {
			t.Errorf("%s: %s", query, w.Body)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://"+host+v1+"project/project-id?wait_for_change=true&last_etag="+etag, nil)
	r.Header.Set(flavor, "Google")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	if d := time.Since(start); d >= waitAtMost {
		t.Errorf("took %s", d)
	}
}

// TestLogHasNoSecret has clients ask by paths that are joined wrongly, which are refused
// and logged without the secret in them.
func TestLogHasNoSecret(t *testing.T) {
	var logged strings.Builder
	s := newServer()
	s.Host, s.Path = "", "/SECRET"
	s.Log = func(format string, args ...any) { fmt.Fprintf(&logged, format+"\n", args...) }
	for _, path := range []string{"/SECRET" + v1, "//SECRET" + v1, "/x/SECRET/SECRET", "/SECRET"} {
		get(s, path)
	}
	if strings.Contains(logged.String(), "SECRET") || strings.Count(logged.String(), "\n") != 4 {
		t.Error(logged.String())
	}
}

// FuzzPath has any path: nothing but a token's own path gives one.
func FuzzPath(f *testing.F) {
	f.Add(v1 + "instance/service-accounts/default/token")
	f.Add("//computeMetadata//v1/instance/..")
	f.Fuzz(func(t *testing.T, path string) {
		u := &url.URL{Path: path}
		r := httptest.NewRequest(http.MethodGet, "http://"+host+"/", nil)
		r.URL = u
		w := httptest.NewRecorder()
		newServer().ServeHTTP(w, r)
		if strings.Contains(w.Body.String(), "access_token") {
			t.Errorf("%q without the header: %s", path, w.Body)
		}
	})
}
