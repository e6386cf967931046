package client

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

func TestHeader(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ args, prefix string }{
		{"https://own.example.com/x?y", "Authorization: Bearer access."},
		{"id.example.com --as header", "Authorization: Bearer id."},
		{"https://gcr.io", "Authorization: Basic "},
		{"https://named.example.com", "Authorization: Basic "},
		{"--as curl https://own.example.com", `header = "Authorization: Bearer access.`},
		{"https://own.example.com:443/x --as=netrc", "machine own.example.com login " + adaptertest.Account + " password access."},
		{"https://us-npm.pkg.dev/p/r/ --as netrc", "machine us-npm.pkg.dev login oauth2accesstoken password access."},
		{"https://us-npm.pkg.dev/p/r/ --as npmrc", "//us-npm.pkg.dev/p/r/:_authToken=access."},
		{"us-npm.pkg.dev --as npmrc", "//us-npm.pkg.dev/:_authToken=access."},
	} {
		r := run(w, "", append([]string{Name, "header"}, strings.Fields(c.args)...)...)
		if r.Code != 0 || r.Stderr != "" || !strings.HasPrefix(r.Stdout, c.prefix) || strings.Count(r.Stdout, "\n") != 1 {
			t.Errorf("%s: %+v; want %s", c.args, r, c.prefix)
		}
	}
	r := run(w, "", Name, "header", "https://own.example.com", "--as", "json")
	var headers map[string]string
	if err := json.Unmarshal([]byte(r.Stdout), &headers); err != nil || len(headers) != 1 || !strings.HasPrefix(headers["Authorization"], "Bearer access.") {
		t.Errorf("json: %+v, %v", r, err)
	}
	if r := run(w, "", "/home/u/bin/token@us-npm.pkg.dev"); r.Code != 0 || !strings.HasPrefix(r.Stdout, "Bearer access.") || r.Stderr != "" {
		t.Errorf("token@HOST: %+v", r)
	}
	w.Mints()
	for _, url := range []string{
		"https://example.com", "https://us-npm.pkg.dev.evil.example/", "https://us-npm.pkg.dev@evil.example/", "https://u:hunter2@own.example.com/", "http://own.example.com", "ftp://own.example.com",
		"https://own.example.com\\x", "https://own.example.com/\r\nX: y", "https://own.example.com\x00", "https://storage.googleapis.com", "https://x.googlesource.com", "https://unsaid.example.com", strings.Repeat("a", 1<<20),
	} {
		if r := run(w, "", Name, "header", url); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || strings.Contains(r.Stderr, "hunter2") {
			t.Errorf("%.60q: %+v", url, r)
		}
	}
	for _, name := range []string{"token@evil.example", "token@", "token@u@us-npm.pkg.dev"} {
		if r := run(w, "", name); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for _, args := range [][]string{{}, {"a", "b"}, {"--as", "json"}, {"a", "--as"}, {"a", "--as", "xml"}, {"a", "--bogus"}, {"--"}} {
		if r := run(w, "", append([]string{Name, "header"}, args...)...); r.Code != 2 || r.Stdout != "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if r := run(w, "", "token@us-npm.pkg.dev", "x"); r.Code != 2 {
		t.Errorf("an argument: %+v", r)
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
}

// TestHeaderOfPlugin has an issuer plugin answer what would be another entry in a file.
func TestHeaderOfPlugin(t *testing.T) {
	w := newWorld(t)
	w.Core(adaptertest.Core{Username: "robot machine gcr.io login a password b"})
	if r := run(w, "", Name, "header", "https://us-npm.pkg.dev", "--as", "netrc"); r.Code != 1 || r.Stdout != "" || !strings.HasSuffix(r.Stderr, " --as header\n") {
		t.Errorf("%+v", r)
	}
	cred := func(secret string) helper.Credential {
		return helper.Credential{Username: "robot", Secret: keystore.NewSecret(secret), Bearer: true}
	}
	for _, as := range []string{"header", "json", "curl", "netrc", "npmrc"} {
		if !stands(as, cred("ya29.a0-b_c~d/e+f==")) {
			t.Errorf("--as %s takes no token", as)
		}
		for _, secret := range []string{`a"b`, `a\b`, "a machine gcr.io login u password p", "a#b", "a ;b", "${HOME}", "a\u00a0machine\u00a0gcr.io\u00a0login\u00a0u\u00a0password\u3000p"} {
			free := as == "header" || as == "json" || as == "curl" && !strings.ContainsAny(secret, `"\`) || as == "netrc" && secret == "${HOME}"
			if stands(as, cred(secret)) != free {
				t.Errorf("--as %s: %s: %t", as, secret, !free)
			}
		}
	}
}

// TestHeaderFix has the command of each error: one that helps, and shows no password.
func TestHeaderFix(t *testing.T) {
	w := newWorld(t)
	for text, c := range map[string]struct{ fix, not string }{
		"http://us-npm.pkg.dev/p":           {"credential-iam-client header https://us-npm.pkg.dev/p", "configure"},
		"https://own.exmple.com/x":          {"credential-iam-client header https://own.example.com/x", "configure"},
		"own.exmaple.com":                   {"credential-iam-client header https://own.example.com/", "configure"},
		"http://own.example.com":            {"credential-iam-client header https://own.example.com/", "configure"},
		"https://storage.googleapis.com":    {"credential-iam configure --host storage.googleapis.com --token access", "--token id"},
		"https://x.googlesource.com":        {"credential-iam configure --host x.googlesource.com --token access", "--token id"},
		"https://run.googleapis.com/x":      {"credential-iam configure --host run.googleapis.com --token access", "--token id"},
		"https://example.com":               {"credential-iam configure --host example.com --token id", "--token access"},
		"https://u:hunter2@us-npm.pkg.dev/": {"credential-iam-client header https://HOST/PATH", "built-in"},
		"ftp://own.example.com":             {"credential-iam-client header https://HOST/PATH", "built-in"},
	} {
		r := run(w, "", Name, "header", text)
		if r.Code != 1 || r.Stdout != "" || !strings.HasSuffix(r.Stderr, "; run: "+c.fix+"\n") || strings.Contains(r.Stderr, c.not) || strings.Contains(r.Stderr, "hunter2") {
			t.Errorf("%s: %+v; want %s", text, r, c.fix)
		}
	}
	if r := run(w, "", "token@"); r.Code != 1 || !strings.HasSuffix(r.Stderr, "; run: ln -s credential-iam-client token@HOST\n") {
		t.Errorf("token@: %+v", r)
	}
}

func FuzzHeader(f *testing.F) {
	for _, s := range []string{"https://gcr.io/x?y", "gcr.io", "a@b", "https://a\\b", "h/a://b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sameHost(t, headerForm(), s)
		sameHost(t, keyringForm(), s)
	})
}
