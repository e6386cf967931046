package main

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/pluginpush"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

func options() map[string]string { return map[string]string{"tenantId": tenant, "clientId": client} }

func (w *world) run(t *testing.T, options map[string]string, err error) (helper.Token, error) {
	t.Helper()
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		t.Skip("SSL_CERT_FILE means nothing to Go on this system")
	}
	return issuertest.Run(t, w.dir, issuertest.Target("acr", w.host, options), pluginpush.Account{Google: w.google, Email: email, Err: err}, w.environ...)
}

func TestPlugin(t *testing.T) {
	t.Parallel()
	dir := issuertest.Build(t, "acr", ".")
	for name, test := range map[string]func(*testing.T, string){"Push": testPush, "Refusals": testRefusals, "Docker": testDocker, "Endless": testEndless} {
		t.Run(name, func(t *testing.T) { test(t, dir) })
	}
}

func testPush(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	w.acr.ahead = -2 * time.Hour // the local clock is fast
	before := time.Now()
	token, err := w.run(t, options(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if token.Username != nullUser || token.Bearer || !strings.HasSuffix(token.Secret.Reveal(), ".c2ln") {
		t.Errorf("%+v", token)
	}
	if life := token.Expires.Sub(before); life < 3*time.Hour-time.Minute || life > 3*time.Hour+time.Minute {
		t.Errorf("lives %s by the local clock, want 3h", life)
	}
	want := []string{"GET /" + tenant + "/v2.0/.well-known/openid-configuration", "POST /" + tenant + "/oauth2/v2.0/token"}
	if diff := cmp.Diff(want, w.entra.calls); diff != "" {
		t.Error(diff)
	}
	pluginpush.Use(t, w.host, token, w.google.Client().Transport)
}

// A reply without an end is read in part.
func testEndless(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	w.entra.endless = true
	_, err := w.run(t, options(), nil)
	issuertest.WantBounded(t, err, &w.entra.streamed)
}

func testRefusals(t *testing.T, dir string) {
	t.Parallel()
	google := &helper.Error{Who: helper.Admin, Op: "mint ID token for", Object: email, Reason: "permission denied", Hint: "gcloud x"}
	tests := []struct {
		name     string
		spoil    func(*world)
		options  map[string]string
		identity error
		who      helper.Who
		want     []string
		down     bool
	}{
		{name: "another account", spoil: func(w *world) { w.entra.subject = "1" }, who: helper.Admin,
			want: []string{"AADSTS700213", "az ad app federated-credential create --id " + client + " --parameters '{", `"subject":"1`}},
		{name: "another audience", options: map[string]string{"audience": "other"}, who: helper.Admin, want: []string{"AADSTS700212", `"audiences":["other"]`}},
		{name: "another application", options: map[string]string{"clientId": tenant}, who: helper.User, want: []string{"AADSTS700016", "--option clientId="}},
		{name: "another tenant", options: map[string]string{"tenantId": client}, who: helper.User, want: []string{"AADSTS90002", "--option tenantId="}},
		{name: "another scope", options: map[string]string{"scope": "https://x/.default"}, who: helper.Admin, want: []string{"AADSTS500011", "az provider register"}},
		{name: "clock", spoil: func(w *world) { w.entra.code = "AADSTS700024" }, who: helper.User, want: []string{helper.SetClock()}},
		{name: "policy", spoil: func(w *world) { w.entra.code = "AADSTS53003" }, who: helper.Admin, want: []string{"AADSTS53003: as told;", "az ad app federated-credential list --id " + client}},
		{name: "entra down", spoil: func(w *world) { w.entra.code, w.entra.status = "AADSTS90033", 503 }, who: helper.Admin, down: true, want: []string{"AADSTS90033"}},
		{name: "entra away", spoil: func(w *world) { w.environ[0] = "AZURE_AUTHORITY_HOST=https://127.0.0.1:1/" }, who: helper.User, down: true, want: []string{"https://127.0.0.1:1/", "connection refused", "env | grep -i -e ^azure_"}},
		{name: "entra in clear", spoil: func(w *world) { w.environ[0] = "AZURE_AUTHORITY_HOST=http://127.0.0.1:1/" }, who: helper.User, want: []string{`"http://127.0.0.1:1/"`, "export AZURE_AUTHORITY_HOST=https://"}},
		{name: "no authority", spoil: func(w *world) { w.environ[1] = "X=" }, who: helper.User, down: true, want: []string{"certificate signed by unknown authority"}},
		{name: "no role", spoil: func(w *world) { w.acr.status = 401 }, who: helper.Admin, want: []string{"az role assignment create --assignee " + client}},
		{name: "no registry", spoil: func(w *world) { w.acr.status = 404 }, who: helper.User, want: []string{"az acr list"}},
		{name: "registry down", spoil: func(w *world) { w.acr.status = 503 }, who: helper.User, down: true, want: []string{"503"}},
		{name: "no expiry", spoil: func(w *world) { w.acr.token = "opaque" }, who: helper.PluginAuthor, want: []string{"does not say when it expires"}},
		{name: "expired", spoil: func(w *world) { w.acr.life = -time.Hour }, who: helper.PluginAuthor, want: []string{"expired"}},
		{name: "no tenant", options: map[string]string{"tenantId": ""}, who: helper.User, want: []string{"issuer.tenantId", "--option tenantId="}},
		{name: "odd tenant", options: map[string]string{"tenantId": "a/../b"}, who: helper.User, want: []string{`"a/../b"`, "issuer.tenantId"}},
		{name: "odd client", options: map[string]string{"clientId": "me"}, who: helper.User, want: []string{`"me"`, "issuer.clientId"}},
		{name: "google", identity: google, who: helper.Admin, want: []string{"gcloud x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dir)
			if tt.spoil != nil {
				tt.spoil(w)
			}
			o := options()
			for k, v := range tt.options {
				o[k] = v
			}
			_, err := w.run(t, o, tt.identity)
			pluginpush.Refusal{Who: tt.who, Unreachable: tt.down, Says: tt.want}.Check(t, err, access)
		})
	}
}

func TestClouds(t *testing.T) {
	t.Parallel()
	for host, want := range map[string][2]string{
		"r.azurecr.io":         {"https://login.microsoftonline.com/", "api://AzureADTokenExchange"},
		"r.azurecr.cn":         {"https://login.chinacloudapi.cn/", "api://AzureADTokenExchangeChina"},
		"r.azurecr.us":         {"https://login.microsoftonline.us/", "api://AzureADTokenExchangeUSGov"},
		"registry.example.com": {"https://login.microsoftonline.com/", "api://AzureADTokenExchange"},
	} {
		got, err := parse(issuer.Request{Protocol: "https", Host: host, Options: options()}, "")
		if err != nil || got.authority != want[0] || got.audience != want[1] {
			t.Errorf("%s: %+v, %v", host, got, err)
		}
	}
	if _, err := parse(issuer.Request{Protocol: "http", Host: "127.0.0.1:5000", Options: options()}, ""); err == nil {
		t.Error("a token would go out in clear")
	}
}

func FuzzExpiry(f *testing.F) {
	f.Add("a.eyJleHAiOjE3NjAwMDAwMDB9.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if end, err := expiry(token); err == nil && end.Unix() <= 0 {
			t.Errorf("%q: %s", token, end)
		}
	})
}

func TestSkew(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for header, want := range map[string]time.Duration{
		"": 0, "nonsense": 0,
		now.Add(-time.Hour).UTC().Format(http.TimeFormat):       time.Hour,
		now.Add(-2 * time.Second).UTC().Format(http.TimeFormat): 0,
	} {
		got := skew(&http.Response{Header: http.Header{"Date": {header}}}, now)
		if d := got - want; d < 0 || d > 2*time.Second {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}
