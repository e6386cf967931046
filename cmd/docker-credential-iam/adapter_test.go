package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/docker/docker-credential-helpers/credentials"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

const notFound = "credentials not found in native keychain\n"

// run runs one action.
func run(w *adaptertest.World, stdin string, args ...string) adaptertest.Result {
	return w.Run(adapter.Program{Name: program, Answer: answer}, stdin, args...)
}

// credential reads docker's answer.
func credential(t *testing.T, r adaptertest.Result) (c credentials.Credentials) {
	t.Helper()
	if r.Code != 0 || r.Stderr != "" || json.Unmarshal([]byte(r.Stdout), &c) != nil {
		t.Fatalf("exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	return c
}

func TestGet(t *testing.T) {
	w := adaptertest.New(t, testenv.Docker{Plugins: map[string]testenv.Section{
		"iam@registry.example.com": {"token": "id"}, "iam@named.example.com": {"token": "access", "username": "robot"},
	}})
	for url, want := range map[string]string{
		"europe-docker.pkg.dev\n": "oauth2accesstoken access", "https://gcr.io/v2/": "oauth2accesstoken access",
		"registry.example.com \r\n": "oauth2accesstoken id", "named.example.com": "robot access",
	} {
		c := credential(t, run(w, url, "get"))
		kind, _, _ := strings.Cut(c.Secret, ".")
		if got := c.Username + " " + kind; got != want || c.ServerURL != strings.TrimSpace(url) {
			t.Errorf("%q: %s for %q, want %s", url, got, c.ServerURL, want)
		}
	}
	w.Mints()
	for _, url := range []string{"", "\n", "ghcr.io", "gcr.io.evil.example", "gcr.io\nevil.example", "https://gcr.io@evil.example", "storage.googleapis.com", "x.googlesource.com", strings.Repeat("a", 1<<20)} {
		if r := run(w, url, "get"); r.Code != 1 || r.Stdout != notFound || r.Stderr != "" {
			t.Errorf("%.40q: exit %d, %q, %q", url, r.Code, r.Stdout, r.Stderr)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
}

// TestForms compares the answers with the library's own, for all that a user name, a
// token or a host may hold.
func TestForms(t *testing.T) {
	library := fixed{"oauth2accesstoken", `ya29."\<&>` + "\u2028\x7f\x00"}
	for _, f := range []fixed{library, {}, {"", "x"}} {
		var theirs bytes.Buffer
		if err := credentials.Get(f, strings.NewReader("gcr.io"), &theirs); err != nil {
			t.Fatal(err)
		}
		ours := wire.Append(nil, credentialFields("gcr.io", f.username, f.secret)...)
		if got, want := decoded(t, ours), decoded(t, theirs.Bytes()); !maps.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		theirs.Reset()
		if err := credentials.List(f, &theirs); err != nil {
			t.Fatal(err)
		}
		all, _ := f.List()
		if got, want := decoded(t, wire.AppendStrings(nil, all)), decoded(t, theirs.Bytes()); !maps.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func decoded(t *testing.T, raw []byte) map[string]string {
	t.Helper()
	m := map[string]string{}
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	return m
}

// fixed is a credentials.Helper of one credential.
type fixed struct{ username, secret string }

func (f fixed) Get(string) (username, secret string, err error) { return f.username, f.secret, nil }
func (f fixed) List() (map[string]string, error)                { return map[string]string{f.secret: f.username}, nil }
func (fixed) Add(*credentials.Credentials) error                { return nil }
func (fixed) Delete(string) error                               { return nil }

// A failure is one line on both streams, and never docker's "not found".
func TestFailure(t *testing.T) {
	w := adaptertest.New(t, testenv.Docker{Plugins: map[string]testenv.Section{"iam@bad.example.com": {"tokne": "id"}}})
	if r := run(w, "bad.example.com", "get"); r.Code != 1 || r.Stdout != r.Stderr || !strings.Contains(r.Stdout, `"tokne"`) {
		t.Errorf("a mistake: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	w.Core(adaptertest.Core{Denied: true})
	r := run(w, "gcr.io", "get")
	if r.Code != 1 || r.Stdout != r.Stderr || strings.Count(r.Stdout, "\n") != 1 || !strings.HasSuffix(r.Stdout, "; run: gcloud grant\n") || !strings.HasPrefix(r.Stdout, program+": ") {
		t.Errorf("exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	if r := run(w, "", "frobnicate\n"); r.Code != 1 || !strings.HasPrefix(r.Stdout, program+`: "frobnicate" is not understood; want `+usage+"; run: ") || r.Stdout != r.Stderr {
		t.Errorf("exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
}

func TestCommandLine(t *testing.T) {
	w := adaptertest.New(t, testenv.Docker{})
	for _, c := range []struct {
		args   []string
		code   int
		stdout string
	}{
		{nil, 1, program + ": arguments are missing; want " + usage}, {[]string{"get", "gcr.io"}, 1, program + `: "get gcr.io" is not understood; want ` + usage},
		{[]string{"--help"}, 0, "usage: " + program + " " + usage}, {[]string{"-h"}, 0, "usage: " + program + " " + usage},
		{[]string{"version"}, 0, program + " (credential-iam) "}, {[]string{"--version"}, 0, program + " (credential-iam) "},
	} {
		if r := run(w, "", c.args...); r.Code != c.code || !strings.HasPrefix(r.Stdout, c.stdout) || c.code == 0 && r.Stderr != "" || c.code != 0 && r.Stderr != r.Stdout {
			t.Errorf("%q: exit %d, %q, %q", c.args, r.Code, r.Stdout, r.Stderr)
		}
	}
}

// Erase forgets, and never fails, whatever it is given.
func TestErase(t *testing.T) {
	w := adaptertest.New(t, testenv.Docker{Plugins: map[string]testenv.Section{"iam@bad.example.com": {"tokne": "id"}}})
	w.NeedsCache()
	first := credential(t, run(w, "gcr.io", "get"))
	if again := credential(t, run(w, "gcr.io", "get")); again.Secret != first.Secret {
		t.Fatal("nothing is cached")
	}
	for _, url := range []string{"https://gcr.io/v2/", "", "ghcr.io", "a\nb"} {
		if r := run(w, url, "erase"); r.Code != 0 || r.Stdout+r.Stderr != "" {
			t.Errorf("%q: exit %d, %q, %q", url, r.Code, r.Stdout, r.Stderr)
		}
	}
	if again := credential(t, run(w, "gcr.io", "get")); again.Secret == first.Secret {
		t.Error("the erased token was answered again")
	}
	if r := run(w, "bad.example.com", "erase"); r.Code != 0 || r.Stdout != "" || !strings.Contains(r.Stderr, `"tokne"`) {
		t.Errorf("a mistake: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
}

// What store is given is kept nowhere, and a login as somebody else says so.
func TestStore(t *testing.T) {
	w := adaptertest.New(t, testenv.Docker{Plugins: map[string]testenv.Section{"iam@bad.example.com": {"tokne": "id"}}})
	w.NeedsCache()
	answered := run(w, "gcr.io", "get")
	const other = `{"ServerURL":"https://gcr.io/v1/","Username":"oauth2accesstoken","Secret":"hunter2"}`
	for _, c := range []struct{ in, stdout, said string }{
		{answered.Stdout, "", ""},
		{other, "", "credential-iam unconfigure gcr.io"},
		{strings.Replace(other, "oauth2accesstoken", "_json_key", 1), "", adaptertest.Account},
		{strings.Replace(other, "gcr.io", "bad.example.com", 1), "", `"tokne"`},
	} {
		r := run(w, c.in, "store")
		if r.Code != 0 || r.Stdout != c.stdout || !strings.Contains(r.Stderr, c.said) || (r.Stderr == "") != (c.said == "") || strings.Contains(r.Stderr, "hunter2") {
			t.Errorf("exit %d, %q, %q; want %q", r.Code, r.Stdout, r.Stderr, c.said)
		}
	}
	for in, want := range map[string]string{
		`{"ServerURL":"gcr.io","Secret":"x"}`: "no credentials username\n", `{"Username":"u"}`: "no credentials server URL\n",
	} {
		if r := run(w, in, "store"); r.Code != 1 || r.Stdout != want || r.Stderr != "" {
			t.Errorf("%s: exit %d, %q, %q", in, r.Code, r.Stdout, r.Stderr)
		}
	}
	for _, in := range []string{"", "[]", `{"ServerURL":["hunter2"]}`, `{"ServerURL":"ghcr.io","Username":"u","Secret":"hunter2"}`, strings.Repeat(" ", 2<<20) + other} {
		if r := run(w, in, "store"); r.Code != 1 || r.Stdout != r.Stderr || r.Stdout == "" || strings.Contains(r.Stdout, "hunter2") {
			t.Errorf("%.40q: exit %d, %q, %q", in, r.Code, r.Stdout, r.Stderr)
		}
	}
}

func TestList(t *testing.T) {
	w := adaptertest.New(t, testenv.Docker{})
	const named = `"gcr.io":"oauth2accesstoken"`
	for store, want := range map[string]string{
		"":    `{` + named + `,"unsaid.example.com":"oauth2accesstoken"}`,
		"iam": `{` + named + `,"own.example.com":"oauth2accesstoken","unsaid.example.com":"oauth2accesstoken"}`,
	} {
		w.Configure(testenv.Docker{
			Helpers: map[string]string{"gcr.io": "iam", "unsaid.example.com": "iam", "ghcr.io": "pass"}, More: map[string]any{"credsStore": store},
			Plugins: map[string]testenv.Section{
				"iam@unsaid.example.com": {"lifetime": "30m"}, "iam@own.example.com": {"token": "access"}, "iam@git.example.com": {"token": "id"},
				"iam@x.googlesource.com": {"lifetime": "30m"},
			},
		})
		if r := run(w, "", "list"); r.Code != 0 || strings.TrimSpace(r.Stdout) != want || r.Stderr != "" {
			t.Errorf("credsStore %q: exit %d, %s, %q; want %s", store, r.Code, r.Stdout, r.Stderr, want)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("list caused %q", m)
	}
}

func TestRequest(t *testing.T) {
	const name = "europe-docker.pkg.dev"
	for in, want := range map[string]helper.Request{
		name:                              {Host: name},
		name + ":443":                     {Host: name},
		name + "/":                        {Host: name},
		"https://" + name:                 {Host: name},
		"HTTPS://" + name:                 {Host: name},
		"https://" + name + "/":           {Host: name},
		"https://" + name + "/v1/":        {Host: name},
		"https://" + name + "/v2/":        {Host: name},
		"https://" + name + "/v2":         {Host: name},
		"https://" + name + ":443/v2/":    {Host: name},
		name + "/p/r/img":                 {Host: name, Path: "p/r/img"},
		"https://" + name + "/p/r/img/":   {Host: name, Path: "p/r/img"},
		"http://127.0.0.1:5000":           {Protocol: "http", Host: "127.0.0.1:5000"},
		"https://index.docker.io/v1/":     {Host: "index.docker.io"},
		"https://not.a.real.registry/url": {Host: "not.a.real.registry", Path: "url"},
	} {
		want.Client = host.Docker
		if want.Protocol == "" {
			want.Protocol = "https"
		}
		if got, ok := request(in); !ok || got != want {
			t.Errorf("request(%q) = %+v, %v, want %+v", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "/", "https://", "https:///x", "ftp://" + name, "://" + name, "unix:///x", "https://user@" + name, "https://user:pw@" + name,
		name + "?x=1", name + "#x", name + "/p?x", "https://evil.com\\@" + name, name + "%2f", "https://evil.com?" + name,
	} {
		if got, ok := request(in); ok {
			t.Errorf("request(%q) = %+v, want a refusal", in, got)
		}
	}
}
