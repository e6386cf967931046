package client

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

const bazelGet = "bazel-credential-iam"

// bazelAnswer reads an answer as Bazel does.
func bazelAnswer(t *testing.T, r adaptertest.Result) (user, secret string, expires time.Time) {
	t.Helper()
	var a struct {
		Headers map[string][]string
		Expires time.Time
	}
	if err := json.Unmarshal([]byte(r.Stdout), &a); r.Code != 0 || r.Stderr != "" || err != nil || len(a.Headers) != 1 || len(a.Headers["Authorization"]) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	user, secret = authorization(t, a.Headers["Authorization"][0])
	return user, secret, a.Expires
}

func TestBazel(t *testing.T) {
	w := newWorld(t)
	for uri, want := range map[string]string{
		"https://europe-docker.pkg.dev/v2/p/r/manifests/1": "oauth2accesstoken access",
		"https://gcr.io": "oauth2accesstoken access",
		"https://storage.googleapis.com/bucket/o?alt=media&a=b": "Bearer access",
		"grpcs://remotebuildexecution.googleapis.com":           "Bearer access",
		"https://own.example.com/%40x/y":                        "Bearer access",
		"https://id.example.com:443/":                           "Bearer id",
		"https://named.example.com/":                            "robot id",
		"http://127.0.0.1:5000/x":                               "Bearer access",
	} {
		user, secret, expires := bazelAnswer(t, run(w, `{"uri":"`+uri+`","more":[1]}`, bazelGet, "get"))
		kind, _, _ := strings.Cut(secret, ".")
		if left := time.Until(expires); user+" "+kind != want || left < 50*time.Minute || left > 59*time.Minute {
			t.Errorf("%s: %s %s, asks again in %s; want %s", uri, user, kind, left, want)
		}
	}
	w.Mints()
	for _, uri := range []string{
		"https://example.com/x", "https://storage.googleapis.com.evil.example/", "https://storage.googleapis.com@evil.example/", "https://evil.example/?storage.googleapis.com",
		"https://evil.example/#@gcr.io", "http://gcr.io/", "grpc://remotebuildexecution.googleapis.com", "file:///etc/passwd", "gcr.io", "://gcr.io", "https://gcr.io.:443/",
		"https://iamcredentials.googleapis.com/", "https://x.googlesource.com/", "https://gcr.io\\n.evil.example/", "https://gcr.io\\u0000/", "https://user:pw@own.example.com/",
		"https://gcr.io/" + strings.Repeat("a", 500_000) + "\\u0009",
	} {
		if r := run(w, `{"uri":"`+uri+`"}`, bazelGet, "get"); r.Code != 0 || r.Stdout != "{}\n" || r.Stderr != "" {
			t.Errorf("%.60q: %.200v; want no headers", uri, r)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
	for _, in := range []string{"", "x", "{}", `{"uri":5}`, `{"uri":["https://gcr.io"]}`, `{"uri":"https://gcr.io"`, `{"uri":"https://gcr.io"}` + strings.Repeat(" ", maxMessage)} {
		if r := run(w, in, bazelGet, "get"); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || !strings.HasPrefix(r.Stderr, bazelGet+": ") {
			t.Errorf("%.60q: %+v; want a line", in, r)
		}
	}
}

// One mint is for all URIs of a host and for all hosts of one identity.
func TestBazelMintsOnce(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	for _, uri := range []string{"https://gcr.io/a", "https://gcr.io/b", "https://us-docker.pkg.dev/", "https://storage.googleapis.com/x"} {
		bazelAnswer(t, run(w, `{"uri":"`+uri+`"}`, bazelGet, "get"))
	}
	if m := w.Mints(); len(m) != 1 {
		t.Errorf("minted %q", m)
	}
}

func TestBazelFails(t *testing.T) {
	w := newWorld(t)
	w.Core(adaptertest.Core{Denied: true})
	for _, uri := range []string{"https://gcr.io/", "https://unsaid.example.com/"} {
		if r := run(w, `{"uri":"`+uri+`"}`, bazelGet, "get"); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: %+v", uri, r)
		}
	}
}

// An answer comes before Bazel gives up: an error, or the cached token where that is
// still good for a while.
func TestBazelIsInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for nine seconds")
	}
	w := newWorld(t)
	w.Core(adaptertest.Core{Hangs: true})
	start := time.Now()
	r := run(w, `{"uri":"https://gcr.io/"}`, bazelGet, "get")
	if d := time.Since(start); d > 50*time.Second || r.Code != 1 || r.Stdout != "" || !strings.Contains(r.Stderr, "within 9s") {
		t.Errorf("after %s: %+v", d, r)
	}
}

// FuzzBazel holds the reader beside encoding/json, and the host that it finds beside
// net/url.
func FuzzBazel(f *testing.F) {
	for _, s := range []string{`{"uri":"https://gcr.io/"}`, `{"uri":"grpcs://own.example.com:443?x"}`, `{"URI":"https://a@b/"}`, `{"uri":"https://gcr.io","uri":"https://evil.example"}`, "[]", `{"uri":"\u0000"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		uri, err := readBazel([]byte(in))
		var want struct {
			URI string `json:"uri"`
		}
		if jsonErr := json.Unmarshal([]byte(in), &want); (err == nil) != (jsonErr == nil && want.URI != "") || err == nil && uri != want.URI {
			t.Fatalf("%q: %q, %v; encoding/json: %q, %v", in, uri, err, want.URI, jsonErr)
		}
		sameHost(t, bazelForm(), uri)
	})
}
