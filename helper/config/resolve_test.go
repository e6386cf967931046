package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

const adcUser = `{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}`

// world is a home folder with a configuration, a source identity and an
// environment.
type world struct {
	t    *testing.T
	home string
	vars map[string]string
	// machine is the path of the machine's file.
	machine string
	// homeless says that there is no home folder.
	homeless bool
}

func newWorld(t *testing.T, config string) *world {
	home, err := filepath.EvalSymlinks(t.TempDir()) // macOS has a link on the way to it
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, home: home, vars: map[string]string{}}
	if config != "" {
		w.write(".docker/config.json", config)
	}
	w.write(".config/gcloud/application_default_credentials.json", adcUser)
	return w
}

func (w *world) write(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

func (w *world) env() helper.Env {
	vars := map[string]string{"CLOUDSDK_CONFIG": filepath.Join(w.home, ".config", "gcloud")}
	for k, v := range w.vars {
		vars[k] = v
	}
	e := helper.Env{Getenv: func(name string) string { return vars[name] }, HomeDir: w.home, HomeFrom: "HOME", MachineConfig: w.machine, Now: time.Now}
	if w.homeless {
		e.HomeDir, e.HomeFrom = "", ""
	}
	return e
}

func (w *world) resolve(c host.Client, host string) (helper.Target, error) {
	host, path, _ := strings.Cut(host, "/")
	protocol := "https"
	if rest, ok := strings.CutPrefix(host, "http:"); ok {
		protocol, host = "http", rest
	}
	return Load(w.env()).Resolve(context.Background(), helper.Request{Client: c, Protocol: protocol, Host: host, Path: path}, nil)
}

func TestResolveDefaults(t *testing.T) {
	w := newWorld(t, `{"plugins":{"iam":{"serviceAccount":"deployer@proj.iam.gserviceaccount.com"}}}`)
	got, err := w.resolve(host.Docker, "Europe-docker.pkg.dev:443")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := source.Parse([]byte(adcUser))
	if err != nil {
		t.Fatal(err)
	}
	want := helper.Target{
		Protocol: "https", Host: "europe-docker.pkg.dev", ServiceAccount: "deployer@proj.iam.gserviceaccount.com",
		Token: helper.Access, Scopes: []string{helper.DefaultScope}, Lifetime: time.Hour, Issuer: helper.Google,
		Endpoint: "https://iamcredentials.googleapis.com/", UniverseDomain: "googleapis.com", Keystore: "auto",
		Source: helper.Source{
			Kind: "file", Path: filepath.Join(w.home, ".config/gcloud/application_default_credentials.json"),
			From: "application default credentials", Fingerprint: doc.Fingerprint(source.Principal{}),
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestWhoIsAsked walks the sections: which one speaks for a host, what it
// inherits, and who gets nothing.
func TestWhoIsAsked(t *testing.T) {
	w := newWorld(t, `{"plugins":{
		"iam": {"serviceAccount":"base@p.iam.gserviceaccount.com","token":"access"},
		"iam@europe-docker.pkg.dev": {"serviceAccount":"pusher@p.iam.gserviceaccount.com"},
		"iam@Git.Example.com": {"token":"id","audience":"aud-1"},
		"iam@git.example.com/team": {"serviceAccount":"team@p.iam.gserviceaccount.com"},
		"iam@git.example.com/team/secret": {"serviceAccount":"secret@p.iam.gserviceaccount.com"},
		"iam@*.wild.example.com": {"token":"access","serviceAccount":"wild@p.iam.gserviceaccount.com"},
		"iam@*.wild.example.com/team": {"serviceAccount":"team@p.iam.gserviceaccount.com"},
		"iam@exact.wild.example.com": {"token":"id"},
		"iam@*.*.two.example.com": {"token":"jwt"},
		"iam@ported.example.com:8443": {"token":"access"},
		"iam@127.0.0.1:5000": {"token":"access"},
		"iam@noconsent.example.com": {"audience":"x"},
		"iam@account.example.com": {"serviceAccount":"pusher@p.iam.gserviceaccount.com"},
		"iam@all.example.com": {"serviceAccount":"source","username":"me","scopes":"a","lifetime":"1h","includeEmail":"true","source":"metadata","issuer.sha256":"x"},
		"iam@path-only.example.com/a": {"token":"access"}
	}}`)
	for _, c := range []struct{ host, account, token, audience string }{
		{"us-docker.pkg.dev", "base", "access", ""},
		{"europe-docker.pkg.dev", "pusher", "access", ""},
		{"europe-docker.pkg.dev/proj/repo/img", "pusher", "access", ""},
		{"git.example.com", "base", "id", "aud-1"},
		{"GIT.example.com:443", "base", "id", "aud-1"},
		{"git.example.com/team", "team", "id", "aud-1"},
		{"git.example.com/team/x.git", "team", "id", "aud-1"},
		{"git.example.com/team.git", "team", "id", "aud-1"},
		{"git.example.com/teamwork", "base", "id", "aud-1"},
		{"git.example.com/team/secret/y", "secret", "id", "aud-1"},
		{"a.wild.example.com", "wild", "access", ""},
		{"a.wild.example.com/team/x", "team", "access", ""},
		{"exact.wild.example.com", "base", "id", "https://exact.wild.example.com"},
		{"exact.wild.example.com/team/x", "base", "id", "https://exact.wild.example.com"},
		{"a.b.two.example.com", "base", "jwt", "https://a.b.two.example.com"},
		{"ported.example.com:8443", "base", "access", ""},
		{"http:127.0.0.1:5000", "base", "access", ""},
		{"127.0.0.1:5000", "base", "access", ""},
		{"path-only.example.com/a/b", "base", "access", ""},

		{"github.com", "none", "", ""}, {"wild.example.com", "none", "", ""}, {"a.b.wild.example.com", "none", "", ""},
		{"ported.example.com", "none", "", ""}, {"ported.example.com:8444", "none", "", ""}, {"git.example.com.", "none", "", ""},
		{"http:git.example.com", "none", "", ""}, {"http:us-docker.pkg.dev", "none", "", ""}, {"http:127.0.0.1:5001", "none", "", ""},
		{"path-only.example.com", "none", "", ""}, {"path-only.example.com/b", "none", "", ""},
		{"noconsent.example.com", "error", "", ""}, {"account.example.com", "error", "", ""}, {"all.example.com", "error", "", ""},
	} {
		got, err := w.resolve(host.Git, c.host)
		switch c.account {
		case "none":
			if !errors.Is(err, helper.ErrNoTarget) {
				t.Errorf("%s: got %v, %v, want no target", c.host, got.ServiceAccount, err)
			}
		case "error":
			if err == nil || errors.Is(err, helper.ErrNoTarget) || !strings.Contains(err.Error(), "token") {
				t.Errorf("%s: got %v, want an error that names token", c.host, err)
			}
		default:
			want := c.account + "@p.iam.gserviceaccount.com"
			if err != nil || got.ServiceAccount != want || string(got.Token) != c.token || got.Audience != c.audience {
				t.Errorf("%s: got %q %q %q, %v, want %q %q %q", c.host, got.ServiceAccount, got.Token, got.Audience, err, want, c.token, c.audience)
			}
		}
	}
}

func TestPrecedence(t *testing.T) {
	const sa = "@p.iam.gserviceaccount.com"
	const own = `{"plugins":{"iam":{"serviceAccount":"source"}}}`
	config := `{"plugins":{"iam":{"serviceAccount":"base` + sa + `","delegates":"d` + sa + `","quotaProject":"base-q","endpoint":"https://base.example.com"},
		"iam@us-docker.pkg.dev":{"serviceAccount":"own` + sa + `","quotaProject":"own-q","endpoint":"https://own.example.com/api"}}}`
	gcloud := "[auth]\nimpersonate_service_account = g1" + sa + ", g2" + sa + "\n[api_endpoint_overrides]\niamcredentials=https://gcloud.example.com/\n"
	for _, c := range []struct {
		name, config, host string
		vars               map[string]string
		account, delegates string
		quota, endpoint    string
	}{
		{"base", config, "gcr.io", nil, "base", "d", "base-q", "https://base.example.com/"},
		{"own inherits delegates", config, "us-docker.pkg.dev", nil, "own", "d", "own-q", "https://own.example.com/api/"},
		{
			"environment beats iam", config, "gcr.io",
			map[string]string{
				"CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT": "e1" + sa + ",e2" + sa, "GOOGLE_CLOUD_QUOTA_PROJECT": "env-q",
				"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": "http://127.0.0.1:1/",
			}, "e2", "e1", "env-q", "http://127.0.0.1:1/",
		},
		{"environment has no delegates", config, "gcr.io", map[string]string{"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": "e" + sa}, "e", "", "base-q", "https://base.example.com/"},
		{"own beats environment", config, "us-docker.pkg.dev", map[string]string{"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT": "e" + sa, "GOOGLE_CLOUD_QUOTA_PROJECT": "env-q"}, "own", "d", "own-q", "https://own.example.com/api/"},
		{"gcloud is last", `{}`, "gcr.io", nil, "g2", "g1", "", "https://gcloud.example.com/"},
		{"iam's delegates beat gcloud's", `{"plugins":{"iam":{"delegates":"d` + sa + `"}}}`, "gcr.io", nil, "g2", "d", "", "https://gcloud.example.com/"},
		{"nothing but the default", own, "gcr.io", map[string]string{"CLOUDSDK_ACTIVE_CONFIG_NAME": "empty"}, "", "", "", "https://iamcredentials.googleapis.com/"},
		{"universe", own, "gcr.io", map[string]string{"CLOUDSDK_ACTIVE_CONFIG_NAME": "empty", "GOOGLE_CLOUD_UNIVERSE_DOMAIN": "s3ns.example"}, "", "", "", "https://iamcredentials.s3ns.example/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.config)
			w.vars = c.vars
			w.write(".config/gcloud/configurations/config_default", gcloud)
			got, err := w.resolve(host.Docker, c.host)
			if err != nil {
				t.Fatal(err)
			}
			short := func(s string) string { return strings.TrimSuffix(s, sa) }
			if short(got.ServiceAccount) != c.account || short(strings.Join(got.Delegates, ",")) != c.delegates || got.QuotaProject != c.quota || got.Endpoint != c.endpoint {
				t.Errorf("got %q %q %q %q, want %q %q %q %q", got.ServiceAccount, got.Delegates, got.QuotaProject, got.Endpoint, c.account, c.delegates, c.quota, c.endpoint)
			}
		})
	}
}

func TestConfigMistakes(t *testing.T) {
	own := func(section string) string { return `{"plugins":{"iam@us-docker.pkg.dev":` + section + `}}` }
	const base = `"iam":{"serviceAccount":"source"}`
	for _, c := range []struct {
		name, config string
		host         string
		want         []string // what the one line must hold; none means ErrNoTarget, "ok" success
	}{
		{"wrong case", own(`{"serviceaccount":"x@y.iam.gserviceaccount.com"}`), "us-docker.pkg.dev", []string{"config.json", "iam@us-docker.pkg.dev", `"serviceaccount"`, `"serviceAccount"`}},
		{"number", own(`{"lifetime":3600}`), "us-docker.pkg.dev", []string{"lifetime", "number", "string"}},
		{"null", own(`{"audience":null}`), "us-docker.pkg.dev", []string{"audience", "null"}},
		{"boolean", own(`{"includeEmail":true}`), "us-docker.pkg.dev", []string{"includeEmail", "boolean"}},
		{"list", own(`{"scopes":["a"]}`), "us-docker.pkg.dev", []string{"scopes", "array"}},
		{"section is a string", own(`"x"`), "us-docker.pkg.dev", []string{"iam@us-docker.pkg.dev", "string", "object"}},
		{"section is null", own(`null`), "us-docker.pkg.dev", []string{"null"}},
		{"bad account", own(`{"serviceAccount":"../../x"}`), "us-docker.pkg.dev", []string{"serviceAccount", `"../../x"`}},
		{"bad lifetime", own(`{"lifetime":"13h"}`), "us-docker.pkg.dev", []string{"lifetime", "12h"}},
		{"bad token", own(`{"token":"jwtt"}`), "us-docker.pkg.dev", []string{"token", "access, id, jwt"}},
		{"relative file", own(`{"source":"file:adc.json"}`), "us-docker.pkg.dev", []string{"source", "absolute"}},
		{"http endpoint", own(`{"endpoint":"http://evil.example.com/"}`), "us-docker.pkg.dev", []string{"endpoint", "https"}},
		{"encoded endpoint", own(`{"endpoint":"https://iam.example.com/%zz/"}`), "us-docker.pkg.dev", []string{"endpoint", "%zz"}},
		{"fallback in a host", own(`{"fallback":"pass"}`), "us-docker.pkg.dev", []string{"fallback"}},
		{"fallback is a path", `{"plugins":{"iam":{"fallback":"../evil"}}}`, "us-docker.pkg.dev", []string{"fallback"}},
		{"fallback leads elsewhere", `{"plugins":{"iam":{"fallback":"x/../../evil"}}}`, "us-docker.pkg.dev", []string{"fallback", "docker-credential-SUFFIX"}},
		{"fallback leads elsewhere on Windows", `{"plugins":{"iam":{"fallback":"x\\evil"}}}`, "us-docker.pkg.dev", []string{"fallback", "docker-credential-SUFFIX"}},
		{"fallback is us", `{"plugins":{"iam":{"fallback":"iam"}}}`, "us-docker.pkg.dev", []string{"fallback", "itself"}},
		{"username with colon", own(`{"username":"a:b"}`), "us-docker.pkg.dev", []string{"username"}},
		{"username <token>", own(`{"username":"<token>"}`), "us-docker.pkg.dev", []string{"username"}},
		{"issuer path", own(`{"issuer":"../x"}`), "us-docker.pkg.dev", []string{"issuer", `"../x"`}},
		{"a control byte in an audience", own(`{"token":"id","audience":"a\u0001b"}`), "us-docker.pkg.dev", []string{"audience", "control"}},
		{"a quote in a scope", own(`{"scopes":"a\"b"}`), "us-docker.pkg.dev", []string{"scopes", "RFC 6749"}},
		{"a backslash in a scope", own(`{"scopes":"a\\b"}`), "us-docker.pkg.dev", []string{"scopes", "RFC 6749"}},
		{"a control byte in a scope", own(`{"scopes":"a\u0001b"}`), "us-docker.pkg.dev", []string{"scopes", "RFC 6749"}},
		{"another host's mistake", `{"plugins":{"iam@other.example.com":{"x":1},"iam@us-docker.pkg.dev":{},` + base + `}}`, "us-docker.pkg.dev", []string{"ok"}},
		{"another plugin's number", `{"plugins":{"other":{"x":1},` + base + `}}`, "us-docker.pkg.dev", []string{"ok"}},
		{"mistake in iam", `{"plugins":{"iam":{"x":"1"}}}`, "us-docker.pkg.dev", []string{`plugins["iam"]`, `"x"`}},
		{"mistake, foreign host", `{"plugins":{"iam":{"x":"1"}}}`, "github.com", nil},
		{"section with a scheme", `{"plugins":{"iam@https://us-docker.pkg.dev":{"serviceAccount":"a@b.iam.gserviceaccount.com"}}}`, "us-docker.pkg.dev", []string{`"iam@https://us-docker.pkg.dev"`}},
		{"another host with a scheme", `{"plugins":{"iam@https://eu.gcr.io":{}}}`, "gcr.io", []string{`"iam@https://eu.gcr.io"`}},
		{"a foreign host's scheme", `{"plugins":{"iam@https://git.example.com":{}}}`, "example.com", []string{`"iam@https://git.example.com"`}},
		{"a star in a port", `{"plugins":{"iam@example.com:44*":{},` + base + `}}`, "gcr.io", []string{"iam@example.com:44*", "port"}},
		{"a star in a label", `{"plugins":{"iam@*-docker.pkg.dev":{}}}`, "us-docker.pkg.dev", []string{"iam@*-docker.pkg.dev"}},
		{"a user name", `{"plugins":{"iam@me@us-docker.pkg.dev:443/x":{}}}`, "us-docker.pkg.dev", []string{"REDACTED@us-docker.pkg.dev"}},
		{"name of a keyring identity", own(`{"source":"keyring:a b"}`), "us-docker.pkg.dev", []string{"source", "A-Z"}},
		{"broken", `{"plugins":`, "us-docker.pkg.dev", []string{"config.json", "line 1"}},
		{"broken, foreign host", `{"plugins":`, "github.com", []string{"config.json", "line 1"}},
		{"broken, host with a section", `{"plugins":{"iam@git.example.com":{"token":"id"},}}`, "git.example.com", []string{"line 1"}},
		{"broken, wildcard section", `{"plugins":{"iam@*.example.com":{"token":"id"},}}`, "git.example.com", []string{"line 1"}},
		{"byte order mark", "\xef\xbb\xbf{}", "us-docker.pkg.dev", []string{"line 1, column 1"}},
		{"an array", `[]`, "us-docker.pkg.dev", []string{"array"}},
		{"plugins is an array", `{"plugins":[]}`, "us-docker.pkg.dev", []string{"plugins", "array"}},
		{"empty file", ` `, "us-docker.pkg.dev", []string{"config.json", "; run: credential-iam configure --service-account EMAIL --docker us-docker.pkg.dev"}},
		{"an empty account", `{"plugins":{"iam":{"serviceAccount":""}}}`, "us-docker.pkg.dev", []string{"serviceAccount", "empty"}},
		{"an empty audience", own(`{"audience":""}`), "us-docker.pkg.dev", []string{"audience", "empty"}},
		{"an empty option", own(`{"issuer":"ecr","issuer.region":""}`), "us-docker.pkg.dev", []string{"issuer.region", "empty"}},
		{"nothing un-sets", own(`{"delegates":"","username":"","serviceAccount":"a@p.iam.gserviceaccount.com"}`), "us-docker.pkg.dev", []string{"ok"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newWorld(t, c.config).resolve(host.Docker, c.host)
			switch {
			case c.want == nil:
				if !errors.Is(err, helper.ErrNoTarget) {
					t.Errorf("got %v, want no target", err)
				}
			case c.want[0] == "ok":
				if err != nil {
					t.Errorf("got %v, want no error", err)
				}
			case err == nil || errors.Is(err, helper.ErrNoTarget):
				t.Fatalf("got %v, want an error", err)
			default:
				code := "config" // any other error may have the words, which are in the path of the test's folder
				if c.name == "empty file" {
					code = "no-account"
				}
				if e := helper.AsError(err); e.Who != helper.User || e.Code != code {
					t.Errorf("got %+v", e)
				}
				for _, want := range c.want {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("got %q, want %q in it", err, want)
					}
				}
				if strings.ContainsAny(err.Error(), "\n\r\x1b") {
					t.Errorf("%q is not one clean line", err)
				}
			}
		})
	}
}

// TestTakenAsDocker has what docker's reader takes: text behind the object, and a
// file of any size.
func TestTakenAsDocker(t *testing.T) {
	const plugins = `{"plugins":{"iam":{"serviceAccount":"a@p.iam.gserviceaccount.com"}}`
	for name, text := range map[string]string{
		"text behind": plugins + "} } geheim", "another object behind": plugins + `}{"plugins":{"iam":{"serviceAccount":"b@p.iam.gserviceaccount.com"}}}`,
		"large": plugins + `,"HttpHeaders":{"x":"` + strings.Repeat("x", 3<<20) + `"}}`,
	} {
		got, err := newWorld(t, text).resolve(host.Docker, "gcr.io")
		if err != nil || got.ServiceAccount != "a@p.iam.gserviceaccount.com" {
			t.Errorf("%s: got %q, %v", name, got.ServiceAccount, err)
		}
	}
}

func TestSources(t *testing.T) {
	key := `{"type":"service_account","client_email":"k@p.iam.gserviceaccount.com","private_key_id":"1"}`
	for _, c := range []struct {
		name, source string
		setup        func(w *world)
		kind, fix    string
	}{
		{"well-known file", "", nil, "file", ""},
		{"variable first", "", func(w *world) { w.vars["GOOGLE_APPLICATION_CREDENTIALS"] = w.write("key.json", key) }, "file", ""},
		{"variable names nothing", "", func(w *world) { w.vars["GOOGLE_APPLICATION_CREDENTIALS"] = w.home + "/absent.json" }, "", "unset GOOGLE_APPLICATION_CREDENTIALS"},
		{"file:", "file:~/key.json", func(w *world) { w.write("key.json", key) }, "file", ""},
		{"file: not JSON", "file:~/key.json", func(w *world) { w.write("key.json", "-----BEGIN") }, "", "${EDITOR:-vi} HOME/.docker/config.json"},
		{"file: a folder", "file:~/.config", nil, "", "ls -ld HOME/.config"},
		{"metadata", "metadata", nil, "metadata", ""},
		{"gcloud without account", "gcloud", nil, "", "gcloud auth login"},
		{"gcloud", "gcloud", func(w *world) { w.vars["CLOUDSDK_CORE_ACCOUNT"] = "me@example.com" }, "gcloud", ""},
		{"keyring without one", "keyring:ci", nil, "", "credential-iam doctor"},
		{"metadata by variable", "", func(w *world) { w.remove(); w.vars["GCE_METADATA_HOST"] = "127.0.0.1:1" }, "metadata", ""},
		{"gcloud after adc", "", func(w *world) { w.remove(); w.vars["CLOUDSDK_CORE_ACCOUNT"] = "me@example.com" }, "gcloud", ""},
		{"adc alone", "adc", func(w *world) { w.remove(); w.vars["CLOUDSDK_CORE_ACCOUNT"] = "me@example.com" }, "", "gcloud auth application-default login"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := `{"plugins":{"iam":{"serviceAccount":"source"}}}`
			if c.source != "" {
				config = `{"plugins":{"iam":{"serviceAccount":"source","source":"` + c.source + `"}}}`
			}
			w := newWorld(t, config)
			if c.setup != nil {
				c.setup(w)
			}
			got, err := w.resolve(host.Docker, "gcr.io")
			if c.fix != "" {
				fix := strings.Replace(c.fix, "HOME", w.home, 1)
				if e := helper.AsError(err); e.Who != helper.User || e.Code != "no-source" || !strings.HasSuffix(e.Error(), "; run: "+fix) {
					t.Errorf("got %+v, want %q", e, fix)
				}
				return
			}
			if err != nil || got.Source.Kind != c.kind || got.Source.Fingerprint == "" {
				t.Errorf("got %+v, %v, want kind %s", got.Source, err, c.kind)
			}
		})
	}
}

// What a file holds that gcloud is told to use is part of the identity.
func TestGcloudOverrides(t *testing.T) {
	for _, name := range []string{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"} {
		w := newWorld(t, `{"plugins":{"iam":{"serviceAccount":"source","source":"gcloud"}}}`)
		prints := map[string]bool{}
		for _, content := range []string{"one", "two"} {
			w.vars[name] = w.write("override", content)
			got, err := w.resolve(host.Docker, "gcr.io")
			if err != nil {
				t.Fatal(err)
			}
			prints[got.Source.Fingerprint] = true
		}
		if len(prints) != 2 {
			t.Errorf("%s: another identity has the same fingerprint", name)
		}
	}
}

// Only docker's credsStore has a fallback, and only a mistake in it fails the
// hosts that are not ours.
func TestFallback(t *testing.T) {
	store := func(iam string) string { return `{"credsStore":"iam","plugins":{"iam":` + iam + `}}` }
	for config, want := range map[string]string{
		store(`{"fallback":"pass"}`):                                          "pass",
		store(`{"fallback":"pass","lifetme":"1h"}`):                           "pass",
		store(`{"lifetme":"1h"}`):                                             "",
		store(`null`):                                                         "",
		store(`{"fallback":"a/b"}`):                                           "error",
		store(`{"fallback":5}`):                                               "error",
		store(`{"falback":"pass"}`):                                           "error",
		store(`{"falback":"pass","audience":""}`):                             `"fallback"`,
		store(`{"fallback":{},"audience":""}`):                                "JSON object",
		`{"plugins":{"iam":{"fallback":"a/b"}}}`:                              "",
		`{"credHelpers":{"gcr.io":"iam"},"plugins":{"iam":{"lifetme":"1h"}}}`: "",
	} {
		got, err := Load(newWorld(t, config).env()).Fallback()
		if err != nil && want != "" && strings.Contains(err.Error(), want) {
			continue
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s: got %q (%v), want %q", config, got, err, want)
		}
	}
}

// Of two values that follow from each other the one that was given is named.
func TestBadUniverseIsNamed(t *testing.T) {
	w := newWorld(t, `{}`)
	w.vars["GOOGLE_CLOUD_UNIVERSE_DOMAIN"] = "not a domain"
	if _, err := w.resolve(host.Docker, "gcr.io"); err == nil || !strings.Contains(err.Error(), "GOOGLE_CLOUD_UNIVERSE_DOMAIN") {
		t.Errorf("got %v", err)
	}
}

func (w *world) remove() {
	if err := os.Remove(filepath.Join(w.home, ".config/gcloud/application_default_credentials.json")); err != nil {
		w.t.Fatal(err)
	}
}

// TestLaterSection has a section twice: the later one counts, as for docker, for one
// host that is asked for and for whoever asks for all.
func TestLaterSection(t *testing.T) {
	w := newWorld(t, `{"plugins":{"iam@git.example.com":{"token":"id","serviceAccount":"early@p.iam.gserviceaccount.com"},
		"iam":{}, "iam@git.example.com":{"token":"access","serviceAccount":"late@p.iam.gserviceaccount.com"}}}`)
	for range 2 {
		got, err := w.resolve(host.Git, "git.example.com")
		if err != nil || got.ServiceAccount != "late@p.iam.gserviceaccount.com" || got.Token != helper.Access {
			t.Errorf("%q, %s, %v", got.ServiceAccount, got.Token, err)
		}
	}
	c := Load(w.env())
	names := c.Sections()
	got, err := c.Describe(helper.Request{Client: host.Git, Protocol: "https", Host: "git.example.com"})
	if err != nil || got.ServiceAccount != "late@p.iam.gserviceaccount.com" {
		t.Errorf("of %v: %q, %v", names, got.ServiceAccount, err)
	}
}

// TestUnknownOutside has no host answered where it is not known who is outside of exec.
func TestUnknownOutside(t *testing.T) {
	e := newWorld(t, `{"plugins":{"iam":{"serviceAccount":"a@p.iam.gserviceaccount.com"}}}`).env()
	e.Unknown = errors.New("not known")
	got, err := Load(e).Describe(helper.Request{Client: host.Docker, Protocol: "https", Host: "gcr.io"})
	if !errors.Is(err, e.Unknown) {
		t.Errorf("answered as %q, %v", got.ServiceAccount, err)
	}
}
