package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

// newFallback is a world whose credsStore is this helper, with a fallback that is a
// shell script.
func newFallback(t *testing.T, script string) *adaptertest.World {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	w := adaptertest.New(t, testenv.Docker{
		More:    map[string]any{"credsStore": "iam"},
		Plugins: map[string]testenv.Section{"iam": {"fallback": "other"}},
	})
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docker-credential-other"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	return w
}

func TestFallback(t *testing.T) {
	w := newFallback(t, `read -r line
case "$1 $line" in
get*ghcr.io) echo '{"ServerURL":"x","Username":"octocat","Secret":"kept"}' ;;
get*none*) echo "credentials not found in native keychain"; exit 1 ;;
get*garbled*) echo 'no JSON: hunter2' ;;
get*) echo "the wallet is on fire"; exit 3 ;;
store*broken*) echo "cannot store $line"; exit 1 ;;
list*) echo '{"ghcr.io":"octocat"}' ;;
erase*) exit 1 ;;
esac
`)
	if c := credential(t, run(w, "ghcr.io", "get")); c.ServerURL != "ghcr.io" || c.Username != "octocat" || c.Secret != "kept" {
		t.Errorf("get: %+v", c)
	}
	if r := run(w, "none.example.com", "get"); r.Code != 1 || r.Stdout != notFound || r.Stderr != "" {
		t.Errorf("not found: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	for _, url := range []string{"fire.example.com", "garbled.example.com"} {
		r := run(w, url, "get")
		if r.Code != 1 || r.Stdout != r.Stderr || !strings.Contains(r.Stdout, "docker-credential-other") || strings.Contains(r.Stdout, "hunter2") {
			t.Errorf("%s: exit %d, %q, %q", url, r.Code, r.Stdout, r.Stderr)
		}
	}
	store := func(host string) string { return `{"ServerURL":"` + host + `","Username":"u","Secret":"hunter2"}` }
	if r := run(w, store("ghcr.io"), "store"); r.Code != 0 || r.Stdout+r.Stderr != "" {
		t.Errorf("store: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	if r := run(w, store("broken.example.com"), "store"); r.Code != 1 || r.Stdout != r.Stderr || strings.Contains(r.Stdout, "hunter2") {
		t.Errorf("store: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	if r := run(w, "ghcr.io", "erase"); r.Code != 0 || r.Stdout != "" || !strings.Contains(r.Stderr, "erase failed") {
		t.Errorf("erase: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	if r := run(w, "", "list"); r.Code != 0 || !strings.Contains(r.Stdout, `"ghcr.io":"octocat"`) {
		t.Errorf("list: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other hosts caused %q", m)
	}
}

// A fallback that cannot be used is an error that names it, for the hosts that it
// would be for alone.
func TestBadFallback(t *testing.T) {
	w := newFallback(t, "exit 1")
	for _, suffix := range []string{"nowhere", "bin/other", "iam"} {
		w.Configure(testenv.Docker{More: map[string]any{"credsStore": "iam"}, Plugins: map[string]testenv.Section{"iam": {"fallback": suffix}}})
		for _, c := range []struct{ in, action string }{
			{"ghcr.io", "get"}, {`{"ServerURL":"ghcr.io","Username":"u","Secret":"s"}`, "store"}, {"", "list"},
		} {
			if r := run(w, c.in, c.action); r.Code != 1 || r.Stdout != r.Stderr || !strings.Contains(r.Stdout, "fallback") {
				t.Errorf("%q, %s: exit %d, %q, %q", suffix, c.action, r.Code, r.Stdout, r.Stderr)
			}
		}
		if r := run(w, "ghcr.io", "erase"); r.Code != 0 || r.Stdout != "" || !strings.Contains(r.Stderr, "fallback") {
			t.Errorf("%q, erase: exit %d, %q, %q", suffix, r.Code, r.Stdout, r.Stderr)
		}
	}
	w.Env["CREDENTIAL_IAM_PASSED_BY"] = "docker-credential-iam=1" // a process that exists
	w.Configure(testenv.Docker{More: map[string]any{"credsStore": "iam"}, Plugins: map[string]testenv.Section{"iam": {"fallback": "other"}}})
	if r := run(w, "ghcr.io", "get"); r.Code != 1 || r.Stdout != r.Stderr || !strings.Contains(r.Stdout, "docker-credential-other runs this helper again") {
		t.Errorf("a wrapper: exit %d, %q, %q", r.Code, r.Stdout, r.Stderr)
	}
	credential(t, run(w, "gcr.io", "get"))
}
