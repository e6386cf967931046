package iamtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func newRegistry(t *testing.T, opts RegistryOptions) (*Server, *Registry) {
	t.Helper()
	s := newServer(t, Options{})
	r := NewRegistry(s, opts)
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	s.ServiceAccount(target)
	s.ServiceAccount(second)
	s.ServiceAccount(stranger)
	r.AllowWriter(target)
	r.AllowReader(second)
	return s, r
}

func push(t *testing.T, s *Server, host string, user, password string) error {
	t.Helper()
	ref, err := name.ParseReference(host+"/demo-project/repo/app:v1", name.Insecure)
	if strings.HasPrefix(s.URL, "https") {
		ref, err = name.ParseReference(host + "/demo-project/repo/app:v1")
	}
	if err != nil {
		t.Fatal(err)
	}
	img, err := random.Image(1024, 2)
	if err != nil {
		t.Fatal(err)
	}
	auth := &authn.Basic{Username: user, Password: password}
	tr := s.Client().Transport
	if err := remote.Write(ref, img, remote.WithAuth(auth), remote.WithTransport(tr), remote.WithContext(t.Context())); err != nil {
		return err
	}
	got, err := remote.Image(ref, remote.WithAuth(auth), remote.WithTransport(tr), remote.WithContext(t.Context()))
	if err != nil {
		return err
	}
	want, _ := img.Digest()
	if d, err := got.Digest(); err != nil || d != want {
		t.Errorf("pulled %v, %v, want %v", d, err, want)
	}
	return nil
}

func TestRegistryPush(t *testing.T) {
	for _, useTLS := range []bool{false, true} {
		s, r := newRegistry(t, RegistryOptions{TLS: useTLS})
		host := r.Host
		if useTLS { // go-containerregistry speaks plain http to loopback unless the name says otherwise
			host = strings.Replace(r.Host, "127.0.0.1", "localhost", 1)
		}
		if err := push(t, s, host, "oauth2accesstoken", s.AccessToken(target, time.Hour, ScopeStorageWrite)); err != nil {
			t.Fatalf("TLS %v: %v", useTLS, err)
		}
		p := r.Pushes()
		if len(p) != 1 || p[0].Principal != target || p[0].User != "oauth2accesstoken" || p[0].Repository != "demo-project/repo/app" ||
			p[0].Reference != "v1" || !strings.HasPrefix(p[0].Digest, "sha256:") {
			t.Errorf("pushes %+v", p)
		}
		if users := r.Users(); !slices.Equal(users, []string{"oauth2accesstoken"}) {
			t.Errorf("users %v", users)
		}
	}
}

func TestRegistryRefusals(t *testing.T) {
	s, r := newRegistry(t, RegistryOptions{})
	good := s.AccessToken(target, time.Hour)
	other := newServer(t, Options{})
	other.ServiceAccount(target)
	s.ServiceAccount(middle)
	r.AllowWriter(middle)
	disabled := s.AccessToken(middle, time.Hour)
	s.ServiceAccount(middle).Disable()
	tests := []struct{ name, user, password string }{
		{"identity token user", "<token>", good},
		{"account name", target, good},
		{"empty version", "_dcgcr__token", good},
		{"no password", "oauth2accesstoken", ""},
		{"reader", "oauth2accesstoken", s.AccessToken(second, time.Hour)},
		{"stranger", "oauth2accesstoken", s.AccessToken(stranger, time.Hour)},
		{"expired", "oauth2accesstoken", s.AccessToken(target, -time.Second)},
		{"disabled", "oauth2accesstoken", disabled},
		{"foreign", "oauth2accesstoken", other.AccessToken(target, time.Hour)},
		{"read scope", "oauth2accesstoken", s.AccessToken(target, time.Hour, ScopeStorageRead)},
		{"no storage scope", "oauth2accesstoken", s.AccessToken(target, time.Hour, ScopeIAM)},
		{"ID token", "oauth2accesstoken", s.IDToken(target, r.URL)},
	}
	for _, tt := range tests {
		if err := push(t, s, r.Host, tt.user, tt.password); err == nil {
			t.Errorf("%s: pushed", tt.name)
		}
	}
	if p := r.Pushes(); len(p) != 0 {
		t.Errorf("pushes %v", p)
	}
	for _, user := range []string{"_token", "_dcgcloud_token", "_dcgcr_2_1_0_token"} {
		if err := push(t, s, r.Host, user, good); err != nil {
			t.Errorf("%s: %v", user, err)
		}
	}
	r.Forbid(target)
	if push(t, s, r.Host, "oauth2accesstoken", good) == nil {
		t.Error("pushed though forbidden")
	}
}

func TestRegistryFlow(t *testing.T) {
	s, r := newRegistry(t, RegistryOptions{})
	a := get(t, s, r.URL+"/v2/")
	want := `Bearer realm="` + r.URL + `/v2/token",service="` + r.Host + `"`
	if a.status != 401 || a.header.Get("WWW-Authenticate") != want {
		t.Errorf("%d %s, want %s", a.status, a.header.Get("WWW-Authenticate"), want)
	}
	a = get(t, s, r.URL+"/v2/p/app/manifests/v1")
	if !strings.HasSuffix(a.header.Get("WWW-Authenticate"), `,scope="repository:p/app:pull"`) {
		t.Errorf("resource: %s", a.header.Get("WWW-Authenticate"))
	}
	post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+"/v2/token",
		strings.NewReader(url.Values{"grant_type": {"refresh_token"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if a := send(t, s, post); a.status != 404 {
		t.Errorf("POST to the realm: %d, want 404", a.status)
	}
	token := func(principal, scope string) string {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+"/v2/token?service="+r.Host+"&scope="+scope, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.SetBasicAuth("oauth2accesstoken", s.AccessToken(principal, time.Hour))
		token, _ := send(t, s, q).json["token"].(string)
		return token
	}
	status := func(bearer, path string) int { return get(t, s, r.URL+path, "Authorization", "Bearer "+bearer).status }
	good := token(second, "repository:p/app:pull,push")
	if got := status(good, "/v2/p/app/manifests/v1"); got != 404 {
		t.Errorf("missing image: %d, want 404", got)
	}
	for name, got := range map[string]int{
		"another repository": status(good, "/v2/p/other/manifests/v1"),
		"no scope":           status(token(second, ""), "/v2/p/app/manifests/v1"),
	} {
		if got != 403 {
			t.Errorf("%s: %d, want 403", name, got)
		}
	}
	for name, bearer := range map[string]string{
		"access token": s.AccessToken(target, time.Hour), "tampered": tamper(good).(string), "none": "",
		"Google's own": s.IDToken(target, r.Host),
	} {
		if got := status(bearer, "/v2/"); got != 401 {
			t.Errorf("%s: %d, want 401", name, got)
		}
	}
	twin := NewRegistry(s, RegistryOptions{})
	if err := twin.Start(); err != nil {
		t.Fatal(err)
	}
	if a := get(t, s, twin.URL+"/v2/", "Authorization", "Bearer "+good); a.status != 401 {
		t.Errorf("token of another registry: %d, want 401", a.status)
	}
	s.SetSkew(6 * time.Minute)
	if got := status(good, "/v2/"); got != 401 {
		t.Errorf("expired registry token: %d", got)
	}
}

func TestBasicRegistry(t *testing.T) {
	s := newServer(t, Options{})
	r := NewBasicRegistry(s, func(user, password string) bool { return user == "AWS" && password == "secret" })
	r.Realm, r.Service = "https://ecr.example.com/", "ecr.amazonaws.com"
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	a := get(t, s, r.URL+"/v2/")
	if got := a.header.Get("WWW-Authenticate"); a.status != 401 || got != `Basic realm="https://ecr.example.com/",service="ecr.amazonaws.com"` {
		t.Errorf("%d %s", a.status, got)
	}
	if err := push(t, s, r.Host, "AWS", "secret"); err != nil {
		t.Error(err)
	}
	if push(t, s, r.Host, "AWS", "wrong") == nil || push(t, s, r.Host, "oauth2accesstoken", "secret") == nil {
		t.Error("pushed with a wrong login")
	}
	if p := r.Pushes(); len(p) != 1 || p[0].User != "AWS" {
		t.Errorf("pushes %v", p)
	}
}
