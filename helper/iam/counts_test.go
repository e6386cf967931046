package iam

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

// Everything in a credential file counts or is refused.

// edit changes members of a JSON document.
func (w *world) edit(doc []byte, change map[string]any) []byte {
	w.Helper()
	var members map[string]any
	if err := json.Unmarshal(doc, &members); err != nil {
		w.Fatal(err)
	}
	maps.Copy(members, change)
	maps.DeleteFunc(members, func(_ string, v any) bool { return v == nil })
	return must(json.Marshal(members))(w.T)
}

// regional serves the stand-in's API at another address.
func (w *world) regional() (url string) {
	w.Helper()
	return must(w.s.Serve(w.s.Handler(), false))(w.T)
}

// at returns a document whose impersonation URL is at another address.
func (w *world) at(url string, doc []byte) []byte {
	return []byte(strings.ReplaceAll(string(doc), w.s.URL+"/v1/projects/", url+"/v1/projects/"))
}

// The document's impersonation URL may be at a regional or private address. What
// the target says goes before Google's own, and each account that the document
// names is called where the document says.
func TestImpersonationHost(t *testing.T) {
	const google = "https://iamcredentials.googleapis.com/"
	cases := []struct {
		name     string
		endpoint string // of the target; "" is the stand-in's
		account  string // of the target
		doc      func(w *world, regional string) []byte
		// calls are the hosts of the calls to the API: r is the regional one, s the
		// stand-in's.
		calls string
	}{
		{"on the way", google, deployer, func(w *world, r string) []byte {
			return w.at(r, w.s.ImpersonatedADC(w.s.UserADC(alice), middle))
		}, "r"},
		{"the document's own account", google, "", func(w *world, r string) []byte {
			return w.at(r, w.s.ImpersonatedADC(w.s.UserADC(alice), middle))
		}, "r"},
		{"the same by name", "", middle, func(w *world, r string) []byte {
			return w.at(r, w.s.ImpersonatedADC(w.s.UserADC(alice), middle))
		}, "r"},
		{"the target has another", "", deployer, func(w *world, r string) []byte {
			return w.at(r, w.s.ImpersonatedADC(w.s.UserADC(alice), middle))
		}, "rs"},
		{"two documents", google, deployer, func(w *world, r string) []byte {
			return w.s.ImpersonatedADC(w.at(r, w.s.ImpersonatedADC(w.s.UserADC(alice), middle)), second)
		}, "rs"},
		{"federation", google, deployer, func(w *world, r string) []byte {
			return w.at(r, w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job", Target: middle}))
		}, "r"},
		{"Google's own", "", deployer, func(w *world, _ string) []byte {
			return w.at("https://iamcredentials.googleapis.com", w.s.ImpersonatedADC(w.s.UserADC(alice), middle))
		}, "s"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, member := range []string{alice, w.s.WorkloadPrincipal("job").Email} {
				w.s.Grant(member, iamtest.RoleTokenCreator, middle)
			}
			w.s.Grant(middle, iamtest.RoleTokenCreator, second)
			w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
			w.s.Grant(second, iamtest.RoleTokenCreator, deployer)
			regional := w.regional()
			target := w.target(c.doc(w, regional), c.account)
			if c.endpoint != "" {
				target.Endpoint = c.endpoint
			}
			want := c.account
			if want == "" {
				want = middle
			}
			w.wantPrincipal(w.mint(target), want)
			var calls string
			for i, host := range w.spy.hosts {
				if path := w.spy.paths[i]; !strings.Contains(path, "/serviceAccounts/") {
					continue
				}
				calls += map[string]string{strings.TrimPrefix(regional, "http://"): "r", strings.TrimPrefix(w.s.URL, "http://"): "s"}[host]
			}
			if calls != c.calls {
				t.Errorf("called at %q, want %q", calls, c.calls)
			}
			hops, err := w.c.Hops(t.Context(), target)
			for _, h := range hops {
				if err != nil || !h.OK {
					t.Errorf("Hops: %+v, %v", hops, err)
				}
			}
		})
	}
}

// lived returns the rounded life of a token.
func lived(tok helper.Token) time.Duration { return tok.Expires.Sub(tok.Issued).Round(time.Minute) }

func TestImpersonationLifetime(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(w.s.WorkloadPrincipal("job").Email, iamtest.RoleTokenCreator, middle)
	w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
	doc := w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job", Target: middle, LifetimeSeconds: 1200})
	for _, account := range []string{"", middle} {
		if got := lived(w.mint(w.target(doc, account))); got != 20*time.Minute {
			t.Errorf("%q: the token lives %s, the document says 20m", account, got)
		}
	}
	asked := w.target(doc, middle)
	asked.Lifetime = 30 * time.Minute
	if got := lived(w.mint(asked)); got != 30*time.Minute {
		t.Errorf("the token lives %s, the target says 30m", got)
	}
	if got := lived(w.mint(w.target(doc, deployer))); got != time.Hour {
		t.Errorf("another account's token lives %s, nobody said anything but 1h", got)
	}
	for _, bad := range []any{599, 43201, 0, -1, 1.5, "1200"} {
		doc := w.edit(doc, map[string]any{"service_account_impersonation": map[string]any{"token_lifetime_seconds": bad}})
		w.wantError(w.target(doc, ""), "bad-source", "token_lifetime_seconds")
	}
}

func TestImpersonationScopes(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, middle)
	w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
	doc := w.edit(w.s.ImpersonatedADC(w.s.UserADC(alice), middle), map[string]any{"scopes": []string{iamtest.ScopeStorageRead}})
	scopes := func(target helper.Target) string {
		t.Helper()
		_, scopes, _ := w.s.Inspect(w.mint(target).Secret.Reveal())
		return strings.Join(scopes, " ")
	}
	if got := scopes(w.target(doc, "")); got != iamtest.ScopeStorageRead {
		t.Errorf("the token has %s, the document asks for %s", got, iamtest.ScopeStorageRead)
	}
	asked := w.target(doc, "")
	asked.Scopes = []string{"https://www.googleapis.com/auth/userinfo.email"}
	if got := scopes(asked); got != asked.Scopes[0] {
		t.Errorf("the token has %s, the target asks for %s", got, asked.Scopes)
	}
	if got := scopes(w.target(doc, deployer)); got != helper.DefaultScope {
		t.Errorf("another account's token has %s", got)
	}
	w.wantError(w.target(w.edit(doc, map[string]any{"scopes": []string{"a b"}}), ""), "bad-source", "scopes")
}

// A login or a key of another universe never reaches googleapis.com.
func TestUniverseTokenURI(t *testing.T) {
	w := newWorld(t)
	for name, doc := range map[string][]byte{"login": w.s.UserADC(alice), "key": w.s.KeyADC(builder)} {
		doc = w.edit(doc, map[string]any{"universe_domain": "universe.invalid", "token_uri": nil})
		target := w.target(doc, "")
		target.UniverseDomain = "universe.invalid"
		target.Endpoint = w.s.Endpoint()
		w.spy.hosts = nil
		w.wantError(target, "unreachable", "oauth2.universe.invalid")
		if hosts := slices.Compact(w.spy.hosts); len(hosts) != 1 || hosts[0] != "oauth2.universe.invalid" {
			t.Errorf("%s: called %v", name, hosts)
		}
	}
}

func TestUniverseMetadata(t *testing.T) {
	w := newWorld(t)
	w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
	w.s.SetMetadataAccount(builder)
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	w.s.SetMetadataUniverse("universe.invalid")
	target := w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer)
	w.wantError(target, "bad-source", "universe.invalid", "export GOOGLE_CLOUD_UNIVERSE_DOMAIN=universe.invalid")
	if n := w.s.Calls("generateAccessToken"); n != 0 {
		t.Errorf("%d calls with the token of another universe", n)
	}
	target.UniverseDomain = "universe.invalid"
	w.wantPrincipal(w.mint(target), deployer)
	w.wantPrincipal(w.mint(target), deployer)
}

func TestUniverseGcloud(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	w.fakeGcloud("echo " + w.s.AccessToken(alice, time.Hour))
	target := w.sourceTarget(helper.Source{Kind: "gcloud", Name: alice, Fingerprint: "f"}, deployer)
	w.env["CLOUDSDK_CONFIG"] = w.dir
	configurations := filepath.Join(w.dir, "configurations")
	if err := os.MkdirAll(configurations, 0o700); err != nil {
		t.Fatal(err)
	}
	w.file("configurations/config_default", []byte("[core]\nuniverse_domain = universe.invalid\n"))
	w.wantError(target, "bad-source", "universe.invalid")
	w.env["CLOUDSDK_CORE_UNIVERSE_DOMAIN"] = helper.DefaultUniverse
	w.wantPrincipal(w.mint(target), deployer)
}

// Who has to use a client certificate is told that it is not used.
func TestClientCertificate(t *testing.T) {
	for name, value := range map[string]string{"GOOGLE_API_USE_CLIENT_CERTIFICATE": "true", "GOOGLE_API_USE_MTLS_ENDPOINT": "always"} {
		w := newWorld(t)
		w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
		target := w.target(w.s.UserADC(alice), deployer)
		w.env[name] = value
		w.wantError(target, "client-certificate", name, "unset "+name)
		w.calls(0)
		w.env[name] = map[string]string{"true": "false", "always": "never"}[value]
		w.wantPrincipal(w.mint(target), deployer)
	}
}

// The scopes of a login are asked for, and its proof of a new sign-in is shown.
func TestLoginMembers(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	const email = "https://www.googleapis.com/auth/userinfo.email"
	for _, scopes := range []any{[]string{email}, email} {
		target := w.target(w.edit(w.s.UserADC(alice), map[string]any{"scopes": scopes}), "")
		target.Own = true
		if _, got, _ := w.s.Inspect(w.mint(target).Secret.Reveal()); strings.Join(got, " ") != email {
			t.Errorf("%v: the token has %s", scopes, got)
		}
		target.ServiceAccount, target.Own = deployer, false
		w.wantError(target, "source-scopes", "cloud-platform")
	}
	w.wantError(w.target(w.edit(w.s.UserADC(alice), map[string]any{"scopes": []string{"a b"}}), deployer), "bad-source", "scopes")
	w.wantError(w.target(w.edit(w.s.UserADC(alice), map[string]any{"scopes": 5}), deployer), "bad-source", "scopes")

	const proof = "RAPT-of-a-new-sign-in"
	w.spy.add(proof)
	w.s.RequireReauth(proof)
	w.store = keystore.NewMemory(time.Now)
	w.c = w.client()
	w.wantError(w.target(w.s.UserADC(alice), deployer), "sign-in", "again")
	target := w.target(w.edit(w.s.UserADC(alice), map[string]any{"rapt_token": proof}), deployer)
	w.wantPrincipal(w.mint(target), deployer)
	w.s.RequireReauth(proof + "2")
	w.store = keystore.NewMemory(time.Now)
	w.c = w.client()
	w.wantError(target, "sign-in", "again")
	w.s.Fail(iamtest.Fault{Method: "token", Status: 400, Reason: "invalid_grant", Message: "you sent " + proof})
	w.wantError(target, "sign-in", "you sent")
}

// A key may name whom its assertions are for.
func TestKeyAudience(t *testing.T) {
	w := newWorld(t)
	w.s.DisableSelfSignedJWT()
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	other := w.edit(w.s.KeyADC(builder), map[string]any{"token_uri": w.regional() + "/token"})
	w.wantError(w.target(other, deployer), "bad-key", "audience")
	w.wantPrincipal(w.mint(w.target(w.edit(other, map[string]any{"audience": w.s.URL + "/token"}), deployer)), deployer)
}
