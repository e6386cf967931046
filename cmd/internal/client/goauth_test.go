package client

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

// goSets reads the credential sets of an answer, "PREFIX USER KIND" for each.
func goSets(t *testing.T, r adaptertest.Result) []string {
	t.Helper()
	if r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	var all []string
	for rest := r.Stdout; rest != ""; {
		prefix, after, ok1 := strings.Cut(rest, "\n\nAuthorization: ")
		value, after, ok2 := strings.Cut(after, "\n\n")
		if !ok1 || !ok2 {
			t.Fatalf("%q is no set", rest)
		}
		user, secret := authorization(t, value)
		kind, _, _ := strings.Cut(secret, ".")
		all, rest = append(all, prefix+" "+user+" "+kind), after
	}
	return all
}

func TestGoAuth(t *testing.T) {
	w := newWorld(t)
	head := "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Basic\n\n"
	for url, want := range map[string]string{
		"https://europe-go.pkg.dev/proj/m/@v/list": "https://europe-go.pkg.dev oauth2accesstoken access",
		"https://x.googlesource.com/m?go-get=1":    "https://x.googlesource.com git-service-account access",
		"https://id.example.com/x":                 "https://id.example.com Bearer id",
		"https://own.example.com:443/x":            "https://own.example.com " + adaptertest.Account + " access",
		"https://path.example.com/b/c?go-get=1":    "https://path.example.com/b/c?go-get=1 b@proj.iam.gserviceaccount.com access",
		"https://path.example.com/a":               "https://path.example.com/a " + adaptertest.Account + " access",
	} {
		if got := goSets(t, run(w, head, Name, "goauth", url)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q, want %s", url, got, want)
		}
	}
	w.Mints()
	for _, url := range []string{
		"https://example.com/x", "https://storage.googleapis.com/x", "http://own.example.com/", "HTTPS://own.example.com/", "own.example.com", "https://u@own.example.com/", "",
		"https://path.example.com/b?\nhttps://evil.example\n", "https://path.example.com/b\n\nAuthorization: x\n\n",
	} {
		if r := run(w, head, Name, "goauth", url); r.Code != 0 || r.Stdout+r.Stderr != "" {
			t.Errorf("%q: %+v, want silence", url, r)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
	if r := run(w, "", Name, "goauth", "https://unsaid.example.com/"); r.Code != 1 || r.Stdout != "" || !strings.HasPrefix(r.Stderr, Name+": ") {
		t.Errorf("a mistake: %+v", r)
	}
	if r := run(w, "", Name, "goauth", "a", "b"); r.Code != 2 {
		t.Errorf("two arguments: %+v", r)
	}
}

// The first call hands out what is cached for hosts as a whole, and never mints.
func TestGoAuthKnown(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	if got := goSets(t, run(w, "", Name, "goauth")); len(got) > 0 {
		t.Errorf("of an empty cache: %q", got)
	}
	run(w, "", Name, "goauth", "https://own.example.com/x")
	w.Mints()
	got := goSets(t, run(w, "", Name, "goauth"))
	if want := "https://own.example.com " + adaptertest.Account + " access"; !slices.Contains(got, want) || slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "path.example.com") || strings.Contains(s, "//id.") }) {
		t.Errorf("%q", got)
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("minted %q", m)
	}
}

// A dead token is given up; one that was not sent is not to blame.
func TestGoAuthRefused(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	get := func(head string) string {
		r := run(w, head, Name, "goauth", "https://own.example.com/x")
		goSets(t, r)
		return r.Stdout
	}
	first := get("")
	for _, head := range []string{"", "HTTP/1.1 401 Unauthorized\nWww-Authenticate: Bearer realm=\"x\"\n\n", "HTTP/1.1 404 Not Found\nWww-Authenticate: Bearer error=\"invalid_token\"\n\n", "401 invalid_token"} {
		if get(head) != first {
			t.Errorf("%q: the token was given up", head)
		}
	}
	if get("HTTP/1.1 401 Unauthorized\r\nX: y\r\nWWW-Authenticate: Bearer realm=\"x\", error=\"invalid_token\"\r\n\r\n") == first {
		t.Error("the dead token was answered again")
	}
}

// FuzzRefusedHead holds the reader beside net/http's: what that calls no response
// gives up no token.
func FuzzRefusedHead(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 401 Unauthorized\r\nWww-Authenticate: Bearer error=\"invalid_token\"\r\n\r\n", "HTTP/1.1 401\n\nWww-Authenticate: error=\"invalid_token\"", "HTTP/2.0 401 x\nwww-authenticate:error=\"invalid_token\"\n\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := refusedHead([]byte(s))
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader([]byte(s))), nil)
		if err != nil {
			return
		}
		_ = res.Body.Close()
		want := res.StatusCode == http.StatusUnauthorized && slices.ContainsFunc(res.Header.Values("Www-Authenticate"), func(v string) bool {
			return strings.Contains(v, `error="invalid_token"`)
		})
		if got != want && !strings.Contains(s, "\n ") && !strings.Contains(s, "\n\t") { // a folded header, which is obsolete
			t.Fatalf("%q: %v, net/http: %v", s, got, want)
		}
	})
}
