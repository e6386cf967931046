package iam

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// script writes an executable shell script.
func (w *world) script(name, body string) string {
	w.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		w.Skip("no /bin/sh on this machine")
	}
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		w.Fatal(err)
	}
	return path
}

func (w *world) file(name string, content []byte) string {
	w.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.Fatal(err)
	}
	return path
}

// TestSources mints twice from every kind of source document: cold with an empty
// store, then in another process on the same store.
func TestSources(t *testing.T) {
	const job = "repo:team/app"
	cases := []struct {
		name       string
		cold, warm int
		// doc makes the document; the principal gets the grant.
		doc func(w *world) (doc []byte, principal string)
	}{
		{"authorized_user", 2, 1, func(w *world) ([]byte, string) { return w.s.UserADC(alice), alice }},
		{"service_account", 1, 1, func(w *world) ([]byte, string) { return w.s.KeyADC(builder), builder }},
		{"external_file", 2, 1, func(w *world) ([]byte, string) {
			path := w.file("subject", []byte(w.s.SubjectToken(job)+"\n"))
			return w.s.ExternalADC(iamtest.ExternalOptions{File: path}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_file_json", 2, 1, func(w *world) ([]byte, string) {
			path := w.file("subject.json", []byte(`{"value":"`+w.s.SubjectToken(job)+`"}`))
			return w.s.ExternalADC(iamtest.ExternalOptions{File: path, JSON: true}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_url", 3, 3, func(w *world) ([]byte, string) {
			return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: job, JSON: true}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_url_of_the_job", 3, 1, func(w *world) ([]byte, string) {
			return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: job, JSON: true, Bearer: w.s.SubjectToken(job)}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_url_with_a_password", 3, 3, func(w *world) ([]byte, string) {
			return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: job, JSON: true, Bearer: "of-every-job"}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_executable", 2, 2, func(w *world) ([]byte, string) {
			w.env[allowExecutables] = "1"
			reply := w.file("reply.json", w.s.ExecutableResponse(job))
			command := w.script("subject.sh", `[ "$GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE" = 0 ] && cat `+reply)
			return w.s.ExternalADC(iamtest.ExternalOptions{Command: command}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_executable_output_file", 2, 1, func(w *world) ([]byte, string) {
			w.env[allowExecutables] = "1"
			reply := w.file("reply.json", w.s.ExecutableResponse(job))
			command := w.script("fails.sh", "exit 3")
			return w.s.ExternalADC(iamtest.ExternalOptions{Command: command, OutputFile: reply}), w.s.WorkloadPrincipal(job).Email
		}},
		{"external_aws_metadata", 6, 6, func(w *world) ([]byte, string) {
			return w.s.ExternalADC(iamtest.ExternalOptions{AWS: true}), w.s.WorkloadPrincipal(iamtest.AWSSubject).Email
		}},
		{"external_account_authorized_user", 2, 1, func(w *world) ([]byte, string) {
			return w.s.ExternalUserADC("bob"), w.s.WorkforcePrincipal("bob").Email
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			doc, principal := c.doc(w)
			w.s.Grant(principal, iamtest.RoleTokenCreator, deployer)
			target := w.target(doc, deployer)
			w.s.ResetCalls()
			tok := w.mint(target)
			w.calls(c.cold)
			w.wantPrincipal(tok, deployer)
			parsed := must(source.Parse(doc))(t)
			want := cmp.Or(parsed.Fingerprint(parsed.Principal(w.c.env)), helper.Unshared)
			if tok.Fingerprint != want {
				t.Errorf("fingerprint %q, want %q", tok.Fingerprint, want)
			}
			if left := time.Until(tok.Expires); left < 59*time.Minute || left > 61*time.Minute {
				t.Errorf("expires in %s, want an hour", left)
			}
			w.c = w.client()
			w.wantPrincipal(w.mint(target), deployer)
			w.calls(c.warm)
			w.noSecrets()
		})
	}
}

func TestSourceAWSEnvironment(t *testing.T) {
	w := newWorld(t)
	for _, kv := range iamtest.AWSEnvironment() {
		name, value, _ := strings.Cut(kv, "=")
		w.env[name] = value
		if strings.Contains(name, "SECRET") || strings.Contains(name, "TOKEN") {
			w.spy.add(value)
		}
	}
	w.s.Grant(w.s.WorkloadPrincipal(iamtest.AWSSubject).Email, iamtest.RoleTokenCreator, deployer)
	w.wantPrincipal(w.mint(w.target(w.s.ExternalADC(iamtest.ExternalOptions{AWS: true}), deployer)), deployer)
	w.calls(2)
}

func TestSourceMetadata(t *testing.T) {
	w := newWorld(t)
	w.env["GCE_METADATA_HOST"] = w.s.MetadataHost()
	w.s.SetMetadataAccount(builder)
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	target := w.sourceTarget(helper.Source{Kind: "metadata", Fingerprint: "f"}, deployer)
	for _, calls := range []int{3, 2, 2} { // the universe of a machine is asked for once a day
		w.wantPrincipal(w.mint(target), deployer)
		w.calls(calls)
	}
	keys := must(w.store.List(t.Context()))(t)
	if len(keys) != 1 || must(w.store.Get(t.Context(), keys[0]))(t).Secret.Reveal() != helper.DefaultUniverse {
		t.Errorf("more than the universe was kept: %v", keys)
	}
	id, err := w.c.Identity(t.Context(), target)
	if err != nil || id.Principal != builder || id.Member != "serviceAccount:"+builder {
		t.Errorf("Identity = %+v, %v", id, err)
	}
	own := target
	own.ServiceAccount, own.Own = "", true
	w.wantPrincipal(w.mint(own), builder)
}

// The server keeps its token: one that dies soon is not new with a short life.
func TestSourceMetadataOld(t *testing.T) {
	w := newWorld(t)
	url, err := w.s.Serve(http.HandlerFunc(func(rw http.ResponseWriter, q *http.Request) {
		rw.Header().Set("Metadata-Flavor", "Google")
		if strings.Contains(q.URL.Path, "universe") {
			return
		}
		_, _ = rw.Write([]byte(`{"access_token":"old","expires_in":300,"token_type":"Bearer"}`))
	}), false)
	if err != nil {
		t.Fatal(err)
	}
	w.env["GCE_METADATA_HOST"] = strings.TrimPrefix(url, "http://")
	tok := w.mint(w.sourceTarget(helper.Source{Kind: "metadata"}, ""))
	if life := tok.Expires.Sub(tok.Issued); life < time.Hour-time.Second {
		t.Errorf("five minutes are left of what seems a life of %s", life)
	}
}

func TestSourceMetadataIsNotGoogles(t *testing.T) {
	w := newWorld(t)
	url, err := w.s.Serve(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte(`{"access_token":"portal","expires_in":3600}`))
	}), false)
	if err != nil {
		t.Fatal(err)
	}
	w.env["GCE_METADATA_HOST"] = strings.TrimPrefix(url, "http://")
	w.wantError(w.sourceTarget(helper.Source{Kind: "metadata"}, deployer), "bad-reply", "not a metadata server")
}

type identities map[string]string

func (i identities) Get(_ context.Context, name string) (keystore.Secret, error) {
	if v, ok := i[name]; ok {
		return keystore.NewSecret(v), nil
	}
	return keystore.Secret{}, keystore.ErrNotFound
}

// locked is a keyring whose error a command fixes.
type locked struct{}

func (locked) Get(context.Context, string) (keystore.Secret, error) {
	return keystore.Secret{}, keystoretest.NewFixable(keystore.ErrLocked)
}

func TestSourceKeyring(t *testing.T) {
	w := newWorld(t)
	w.c.ids = identities{"work": string(w.s.UserADC(alice))}
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	w.wantPrincipal(w.mint(w.sourceTarget(helper.Source{Kind: "keyring", Name: "work"}, deployer)), deployer)
	w.wantError(w.sourceTarget(helper.Source{Kind: "keyring", Name: "home"}, deployer), "no-source",
		"credential-iam source add home --from FILE")
	w.c.ids = locked{}
	w.wantError(w.sourceTarget(helper.Source{Kind: "keyring", Name: "work"}, deployer), "bad-source", "locked", "; run: open sesame")
}

func TestOwnToken(t *testing.T) {
	w := newWorld(t)
	w.wantPrincipal(w.mint(w.target(w.s.UserADC(alice), "")), alice)
	w.calls(1)
	// Handed out tokens are new, so that they live long.
	w.wantPrincipal(w.mint(w.target(w.s.UserADC(alice), "")), alice)
	w.calls(1)
	scoped := w.target(w.s.KeyADC(builder), "")
	scoped.Scopes = []string{iamtest.ScopeStorageRead}
	tok := w.mint(scoped)
	w.calls(1)
	if email, scopes, _ := w.s.Inspect(tok.Secret.Reveal()); email != builder || len(scopes) != 1 || scopes[0] != iamtest.ScopeStorageRead {
		t.Errorf("own token of %s with %v", email, scopes)
	}
	// A document that impersonates has the impersonated account's token.
	w.s.Grant(alice, iamtest.RoleTokenCreator, middle)
	w.wantPrincipal(w.mint(w.target(w.s.ImpersonatedADC(w.s.UserADC(alice), middle), "")), middle)
	// A key of the target's own needs no grant on itself.
	w.wantPrincipal(w.mint(w.target(w.s.KeyADC(deployer), deployer)), deployer)
	id := w.target(w.s.UserADC(alice), "")
	id.Token, id.Audience = helper.ID, "https://a.example.com"
	w.wantError(id, "no-account", "credential-iam configure --service-account")
}

func TestFold(t *testing.T) {
	type edge [2]string
	cases := []struct {
		name      string
		doc       func(w *world) []byte
		delegates []string
		grants    []edge
		calls     int // of the API
		sent      []string
	}{
		{"user", func(w *world) []byte { return w.s.ImpersonatedADC(w.s.UserADC(alice), middle) }, nil,
			[]edge{{alice, middle}, {middle, deployer}}, 1, []string{middle}},
		{"key", func(w *world) []byte { return w.s.ImpersonatedADC(w.s.KeyADC(builder), middle) }, nil,
			[]edge{{builder, middle}, {middle, deployer}}, 1, []string{middle}},
		{"its own delegates", func(w *world) []byte { return w.s.ImpersonatedADC(w.s.UserADC(alice), middle, second) }, []string{builder},
			[]edge{{alice, second}, {second, middle}, {middle, builder}, {builder, deployer}}, 1, []string{second, middle, builder}},
		{"nested", func(w *world) []byte {
			return w.s.ImpersonatedADC(w.s.ImpersonatedADC(w.s.UserADC(alice), second), middle)
		}, nil, []edge{{alice, second}, {second, middle}, {middle, deployer}}, 1, []string{second, middle}},
		{"is the target", func(w *world) []byte { return w.s.ImpersonatedADC(w.s.UserADC(alice), deployer, middle) }, nil,
			[]edge{{alice, middle}, {middle, deployer}}, 1, []string{middle}},
		{"never twice", func(w *world) []byte { return w.s.ImpersonatedADC(w.s.UserADC(alice), middle) }, []string{middle},
			[]edge{{alice, middle}, {middle, deployer}}, 1, []string{middle}},
		{"federation", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "job", Target: middle})
		}, nil, []edge{{"job", middle}, {middle, deployer}}, 1, []string{middle}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, g := range c.grants {
				if g[0] == "job" {
					g[0] = w.s.WorkloadPrincipal("job").Email
				}
				w.s.Grant(g[0], iamtest.RoleTokenCreator, g[1])
			}
			w.wantPrincipal(w.mint(w.target(c.doc(w), deployer, c.delegates...)), deployer)
			log := w.s.Log("generateAccessToken")
			if len(log) != c.calls {
				t.Fatalf("%d calls, want %d", len(log), c.calls)
			}
			if got := strings.Join(log[0].Delegates, " "); got != strings.Join(c.sent, " ") {
				t.Errorf("delegates %s, want %v", got, c.sent)
			}
		})
	}
}

// TestFoldDenied has a custom role that lets the intermediate account be
// impersonated but not be in a chain: two hops, and remembered.
func TestFoldDenied(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.PermAccessToken, middle)
	w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.ImpersonatedADC(w.s.UserADC(alice), middle), deployer)
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(4) // token, the folded call, and two
	w.c = w.client()
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(1)
	// The intermediate token dies early: nobody notices.
	w.s.ServiceAccount(middle).Disable()
	w.s.ServiceAccount(middle).Enable()
	for _, key := range must(w.store.List(t.Context()))(t) {
		if e, err := w.store.Get(t.Context(), key); err == nil && len(e.Secret.Reveal()) > 20 {
			w.s.RevokeToken(e.Secret.Reveal())
		}
	}
	w.wantPrincipal(w.mint(target), deployer)
	id := target
	id.Token, id.Audience, id.IncludeEmail = helper.ID, "https://a.example.com", true
	if _, err := w.s.VerifyIDToken(w.mint(id).Secret.Reveal(), id.Audience); err != nil {
		t.Error(err)
	}
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestDeadSourceToken(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.UserADC(alice), deployer)
	w.mint(target)
	keys := must(w.store.List(t.Context()))(t)
	if len(keys) != 1 {
		t.Fatalf("kept %v, want one source token", keys)
	}
	e := must(w.store.Get(t.Context(), keys[0]))(t)
	w.s.RevokeToken(e.Secret.Reveal())
	w.s.ResetCalls()
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(3) // refused, refreshed, minted
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(1)
}

func TestSelfSignedRefused(t *testing.T) {
	w := newWorld(t)
	w.s.DisableSelfSignedJWT()
	w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
	target := w.target(w.s.KeyADC(builder), deployer)
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(3)
	w.c = w.client()
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(1) // remembered, and the exchanged token kept
}

// TestClock has servers whose clock is far from ours.
func TestClock(t *testing.T) {
	for _, skew := range []time.Duration{-2 * time.Hour, -time.Minute, time.Minute, 2 * time.Hour} {
		for _, exchange := range []bool{false, true} {
			w := newWorld(t)
			w.s.SetSkew(skew)
			if exchange {
				w.s.DisableSelfSignedJWT()
			}
			w.s.Grant(builder, iamtest.RoleTokenCreator, deployer)
			target := w.target(w.s.KeyADC(builder), deployer)
			tok := w.mint(target)
			w.wantPrincipal(tok, deployer)
			if left := time.Until(tok.Expires); (left - time.Hour).Abs() > 5*time.Second {
				t.Errorf("skew %s: expires in %s by our clock, want an hour", skew, left)
			}
			jwt := target
			jwt.Token, jwt.Audience = helper.JWT, "https://a.example.com"
			w.c = w.client()
			tok = w.mint(jwt)
			if _, err := w.s.VerifyAccountJWT(tok.Secret.Reveal(), jwt.Audience); err != nil {
				t.Errorf("skew %s: %v", skew, err)
			}
			if left := time.Until(tok.Expires); (left - time.Hour).Abs() > 20*time.Second {
				t.Errorf("skew %s: JWT expires in %s by our clock, want an hour", skew, left)
			}
		}
	}
}

func TestSourceDocumentErrors(t *testing.T) {
	w := newWorld(t)
	edit := func(doc []byte, change map[string]any) []byte {
		var members map[string]any
		if err := json.Unmarshal(doc, &members); err != nil {
			t.Fatal(err)
		}
		maps.Copy(members, change)
		return must(json.Marshal(members))(t)
	}
	from := func(members map[string]any) map[string]any { return map[string]any{"credential_source": members} }
	user, key := w.s.UserADC(alice), w.s.KeyADC(builder)
	external := w.s.ExternalADC(iamtest.ExternalOptions{File: "/nowhere"})
	cases := []struct {
		name string
		doc  []byte
		want string
	}{
		{"empty", nil, "empty"},
		{"array", []byte(`[]`), "credential file"},
		{"null", []byte(`null`), "type"},
		{"no type", []byte(`{}`), "type"},
		{"number type", []byte(`{"type":7}`), "credential file"},
		{"unknown type", []byte(`{"type":"\u001b[31mevil"}`), "evil"},
		{"oauth client installed", []byte(`{"installed":{"client_id":"x","client_secret":"GOCSPX-s3cret"}}`), "OAuth"},
		{"oauth client web", []byte(`{"web":{"client_id":"x"}}`), "OAuth"},
		{"gdch", []byte(`{"type":"gdch_service_account","name":"x"}`), "Google Distributed Cloud"},
		{"x509", edit(external, map[string]any{"credential_source": map[string]any{"certificate": map[string]any{"use_default_certificate_config": true}}}), "X.509"},
		{"source of no kind", edit(external, map[string]any{"credential_source": map[string]any{}}), "file, url"},
		{"token_uri http", edit(user, map[string]any{"token_uri": "http://evil.example.com/token"}), "token_uri"},
		{"token_uri file", edit(key, map[string]any{"token_uri": "file:///etc/passwd"}), "token_uri"},
		{"token_url http", edit(external, map[string]any{"token_url": "http://evil.example.com/t"}), "token_url"},
		{"impersonation http", edit(external, map[string]any{"service_account_impersonation_url": "http://evil.example.com/v1/projects/-/serviceAccounts/" + middle + ":generateAccessToken"}), "service_account_impersonation_url"},
		{"impersonation path", edit(external, map[string]any{"service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/../x:generateAccessToken"}), "service_account_impersonation_url"},
		{"bad delegate", w.s.ImpersonatedADC(user, middle, "../../evil"), "delegates"},
		{"no source", edit(w.s.ImpersonatedADC(user, middle), map[string]any{"source_credentials": nil}), "source_credentials"},
		{"inner client", edit(w.s.ImpersonatedADC(user, middle), map[string]any{"source_credentials": map[string]any{"installed": map[string]any{}}}), "OAuth"},
		{"no refresh token", edit(user, map[string]any{"refresh_token": ""}), "refresh_token"},
		{"key e-mail", edit(key, map[string]any{"client_email": "x/../y"}), "client_email"},
		{"key PEM", edit(key, map[string]any{"private_key": "-----BEGIN PRIVATE KEY-----\nc2VjcmV0c2VjcmV0c2VjcmV0\n-----END PRIVATE KEY-----\n"}), "RSA key"},
		{"universe", edit(user, map[string]any{"universe_domain": "example.org"}), "universe"},
		{"subject file", external, "/nowhere"},
		{"relative subject file", w.s.ExternalADC(iamtest.ExternalOptions{File: "token"}), "absolute"},
		{"format xml", edit(external, from(map[string]any{"file": "/x", "format": map[string]any{"type": "xml"}})), "xml"},
		{"json of no field", edit(external, from(map[string]any{"url": "http://127.0.0.1/", "format": map[string]any{"type": "json"}})), "subject_token_field_name"},
		{"two sources", edit(external, from(map[string]any{"file": "/x", "url": "http://127.0.0.1/"})), "more than one"},
		{"unknown member of the source", edit(external, from(map[string]any{"url": "http://127.0.0.1/", "method": "POST"})), `"method"`},
		{"unknown member of an executable", edit(external, from(map[string]any{"executable": map[string]any{"command": "/x", "user": "root"}})), `"user"`},
		{"another AWS", edit(external, from(map[string]any{"environment_id": "aws2"})), "aws1"},
		{"executable not allowed", w.s.ExternalADC(iamtest.ExternalOptions{Command: "/bin/true"}), "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.T = t
			w.wantError(w.target(c.doc, deployer), "bad-source", c.want)
			w.calls(0)
		})
	}
}

func TestSourceFileErrors(t *testing.T) {
	w := newWorld(t)
	w.wantError(w.sourceTarget(helper.Source{Kind: "file", Path: filepath.Join(w.dir, "none")}, deployer), "bad-source", filepath.Join(w.dir, "none"), "ls -l ")
	w.wantError(w.sourceTarget(helper.Source{Kind: "file", Path: w.dir}, deployer), "bad-source", w.dir)
	big := w.file("big", make([]byte, source.MaxDocument+1))
	w.wantError(w.sourceTarget(helper.Source{Kind: "file", Path: big}, deployer), "bad-source", "larger")
	target := w.target(w.s.UserADC(alice), deployer)
	target.Source.Fingerprint = "another"
	w.wantError(target, "source-changed")
	w.calls(0)
}

// TestSubjectTellsApart has another workload's token in the same place: the kept
// federated token is not used for it; a renewed one of the same workload is.
func TestSubjectTellsApart(t *testing.T) {
	w := newWorld(t)
	path := w.file("subject", []byte(w.s.SubjectToken("one")))
	target := w.target(w.s.ExternalADC(iamtest.ExternalOptions{File: path}), deployer)
	w.s.Grant(w.s.WorkloadPrincipal("one").Email, iamtest.RoleTokenCreator, deployer)
	w.mint(target)
	w.s.ResetCalls()
	w.file("subject", []byte(w.s.SubjectToken("one")))
	w.mint(target)
	w.calls(1)
	w.file("subject", []byte(w.s.SubjectToken("two")))
	w.wantError(target, "permission-denied", "/subject/two")
}

func TestExecutableErrors(t *testing.T) {
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	const secret = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0LXN1YmplY3Q.c2lnbmF0dXJl"
	w.spy.add(secret)
	cases := []struct{ name, body, want string }{
		{"exit", "echo '" + secret + "' >&2; exit 3", "exit status 3"},
		{"garbage", "echo 'not json " + secret + "'", "known form"},
		{"failure", `echo '{"version":1,"success":false,"code":"401","message":"no ` + secret + ` session"}'`, "401 no REDACTED session"},
		{"expired", `echo '{"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:id_token","id_token":"` + secret + `","expiration_time":1}'`, "expired"},
		{"version", `echo '{"version":2,"success":true}'`, "version 1"},
		{"type", `echo '{"version":1,"success":true,"token_type":"x","id_token":"` + secret + `"}'`, "type"},
		{"missing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w.T = t
			command := filepath.Join(w.dir, "none")
			if c.body != "" {
				command = w.script(c.name+".sh", c.body)
			}
			w.wantError(w.target(w.s.ExternalADC(iamtest.ExternalOptions{Command: command}), deployer), "bad-source", c.want)
		})
	}
}
