package client

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

const cargoName = "cargo-credential-iam"

func cargoLine(kind, url string) string {
	return `{"v":1,"kind":"` + kind + `","operation":"read","registry":{"index-url":"` + url + `","name":"x","headers":["WWW-Authenticate: y"]},"args":["z"]}` + "\n"
}

// cargoTalk reads a dialogue as cargo does: "ok TOKEN", "KIND" or "other MESSAGE" for
// each request.
func cargoTalk(t *testing.T, r adaptertest.Result) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n")
	if r.Code != 0 || r.Stderr != "" || lines[0] != `{"v":[1]}` {
		t.Fatalf("%+v", r)
	}
	var all []string
	for _, line := range lines[1:] {
		var a struct {
			Ok *struct {
				Kind, Token, Cache string
				Expiration         int64
				Independent        bool `json:"operation_independent"`
			}
			Err *struct {
				Kind, Message string
				CausedBy      []string `json:"caused-by"`
			}
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil || (a.Ok == nil) == (a.Err == nil) {
			t.Fatalf("%q: %v", line, err)
		}
		switch {
		case a.Err != nil:
			all = append(all, strings.TrimSpace(a.Err.Kind+" "+a.Err.Message))
		case a.Ok.Kind == "get":
			if left := time.Until(time.Unix(a.Ok.Expiration, 0)); a.Ok.Cache != "expires" || !a.Ok.Independent || left < 50*time.Minute || left > 59*time.Minute {
				t.Errorf("%q", line)
			}
			all = append(all, "ok "+a.Ok.Token)
		default:
			all = append(all, "ok "+a.Ok.Kind)
		}
	}
	return all
}

func TestCargo(t *testing.T) {
	w := newWorld(t)
	in := cargoLine("get", "sparse+https://own.example.com/index/") + cargoLine("get", "https://id.example.com/a%20b") + cargoLine("get", "registry+https://named.example.com/x") +
		cargoLine("get", "sparse+https://example.com/") + cargoLine("login", "sparse+https://own.example.com/") + cargoLine("get", "sparse+https://unsaid.example.com/") + "garbage\n" +
		cargoLine("logout", "sparse+https://own.example.com/")
	got := cargoTalk(t, run(w, in, cargoName, "--cargo-plugin"))
	for i, want := range []string{"ok Bearer access.", "ok Bearer id.", "ok Basic ", "url-not-supported", "operation-not-supported", "other " + cargoName + ": ", "other " + cargoName + ": ", "ok logout"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Fatalf("answer %d of %q; want %s", i, got, want)
		}
	}
	w.Mints()
	for _, url := range []string{
		"sparse+https://own.example.com.evil.example/", "sparse+https://own.example.com@evil.example/", "sparse+https://u:hunter2@own.example.com/", "sparse+http://own.example.com/", "http://own.example.com/",
		"sparse+https://own.example.com/?x", `sparse+https://own.example.com\n/`, `sparse+https://own.example.com\u0000/`, "git+https://own.example.com/", "own.example.com", "", "sparse+https://storage.googleapis.com/",
		"sparse+https://" + strings.Repeat("a", 500_000),
	} {
		for _, kind := range []string{"get", "logout"} {
			if got := cargoTalk(t, run(w, cargoLine(kind, url), cargoName, "--cargo-plugin")); len(got) != 1 || got[0] != "url-not-supported" {
				t.Errorf("%s %.60q: %q", kind, url, got)
			}
		}
	}
	for _, line := range []string{"{}", "[]", `{"v":2,"kind":"get"}`, `{"v":1}`, `{"v":1,"kind":"get","registry":5}`} {
		if got := cargoTalk(t, run(w, line+"\n", cargoName, "--cargo-plugin")); len(got) != 1 || !strings.HasPrefix(got[0], "other ") {
			t.Errorf("%s: %q", line, got)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other registries caused %q", m)
	}
	if r := run(w, strings.Repeat("x", maxMessage+1), cargoName, "--cargo-plugin"); r.Code != 1 || strings.Count(r.Stderr, "\n") != 1 {
		t.Errorf("a long line: %+v", r)
	}
	for _, args := range [][]string{{}, {"get"}, {"--cargo-plugin", "x"}} {
		if r := run(w, "", append([]string{cargoName}, args...)...); r.Code != 2 || r.Stdout != "" {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

// FuzzCargo holds the reader beside encoding/json, and the host beside net/url.
func FuzzCargo(f *testing.F) {
	f.Add(strings.TrimSpace(cargoLine("get", "sparse+https://own.example.com/")))
	f.Add(`{"v":1,"kind":"get","registry":{"index-url":"a"},"registry":{"index-url":"b"}}`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := readCargo([]byte(in))
		if err != nil {
			return
		}
		var want struct {
			V        int64  `json:"v"`
			Kind     string `json:"kind"`
			Registry struct {
				URL string `json:"index-url"`
			} `json:"registry"`
		}
		if err := json.Unmarshal([]byte(in), &want); err != nil || want.V != 1 || want.Kind != r.kind || want.Registry.URL != r.url {
			t.Fatalf("%q: %+v; encoding/json: %+v, %v", in, r, want, err)
		}
		sameHost(t, cargoForm(), r.url)
	})
}
