package main

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/host"
)

func TestParseHost(t *testing.T) {
	for in, want := range map[string]string{
		"gcr.io":                             "https gcr.io ",
		"GCR.io:443":                         "https GCR.io:443 ",
		"gcr.io/proj/image":                  "https gcr.io proj/image",
		"https://gcr.io":                     "https gcr.io ",
		"https://gcr.io/v2/":                 "https gcr.io ",
		"https://gcr.io/v1/":                 "https gcr.io ",
		"https://me:pw@git.example/team/r":   "https git.example team/r",
		"http://localhost:5000/x":            "http localhost:5000 x",
		"[::1]:5000":                         "https [::1]:5000 ",
		"https://git.example/a%20b/r.git/":   "https git.example a b/r.git",
		"source.developers.google.com/p/x/r": "https source.developers.google.com p/x/r",
	} {
		r, err := parseHost(in)
		if got := r.Protocol + " " + r.Host + " " + r.Path; err != nil || got != want {
			t.Errorf("parseHost(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{
		"", " ", "https://", "/x", "a b", "ssh://git.example/x", "git@git.example:x/y", "gcr.io?x=1", "gcr.io#x",
		"gcr.io:0", "gcr.io:x", "gcr.io:99999", "https://gcr.io\n", "gcr.io/%0a", "https://gcr.io%2eexample.com", "*.gcr.io",
		"file:///etc/passwd", "https:gcr.io", "host\x00",
	} {
		if r, err := parseHost(bad); err == nil {
			t.Errorf("parseHost(%q) = %v, want an error", bad, r)
		}
	}
}

// Plain http is a reason of its own, but to this machine itself.
func TestPlainHTTP(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	for host, want := range map[string][]string{
		"http://gcr.io/x":       {"plain http", "none of Google's", "--host https://gcr.io\n"},
		"http://localhost:5000": {"none of Google's", "plain http", "--git http://localhost:5000\n"},
	} {
		line := w.fail(exitFailed, "", "token", "--host", host)
		if !strings.Contains(line, want[0]) || strings.Contains(line, want[1]) || !strings.HasSuffix(line, want[2]) {
			t.Errorf("%s: %q", host, line)
		}
	}
	if line := w.fail(exitFailed, "", "token", "--host", "https://me:hunter2@h.example.com/x"); strings.Contains(line, "hunter2") {
		t.Errorf("a password is shown: %q", line)
	}
	w.calls(0)
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"gcr.io", "https://a@b:1/c?d#e", "[::1]:2", "http://x/%2e%2e", "a\r\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parseHost(s)
		if err != nil {
			return
		}
		_, ok := host.Canonical(r.Protocol, r.Host)
		if !ok || strings.ContainsAny(r.Host, "/@?#%\\ \r\n\x00") || strings.ContainsAny(r.Path, "\r\n\x00") {
			t.Errorf("parseHost(%q) = %+v", s, r)
		}
	})
}

// A mistake in the command line ends with 2, says where the manual is, and
// causes no call.
func TestUsageMistakes(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam@git.example.com": {"token": "id"}})
	sa := []string{"--service-account", deployer}
	for _, args := range [][]string{
		{"bogus"}, {"--bogus"}, {"token", "--bogus"}, {"token", "stray"}, {"token", "--json=maybe"},
		{"token", "--service-account", "no-mail"}, {"token", "--service-account", ""}, {"token", "--service-account", "../x@p.com"},
		{"token", "--service-account"}, {"token", "--delegates", "a,b"}, {"token", "--delegates", ","}, {"token", "--delegates", middle},
		{"token", "--source", "nonsense"}, {"token", "--source", ""}, {"token", "--source", "file:"}, {"token", "--source", "keyring:"},
		append([]string{"token", "--scopes", ""}, sa...), append([]string{"token", "--scopes", " , "}, sa...),
		append([]string{"token", "--lifetime", "0s"}, sa...), append([]string{"token", "--lifetime", "12h1s"}, sa...),
		append([]string{"token", "--lifetime", "500ms"}, sa...), append([]string{"token", "--lifetime", "3600"}, sa...),
		append([]string{"token", "--lifetime", "-1h"}, sa...), {"token", "--lifetime", "1h"},
		append([]string{"token", "--host", "gcr.io"}, sa...), {"token", "--host", ""}, {"token", "--host", "a b"},
		{"token", "--host", "ssh://git.example.com/x"}, {"token", "--host", "gcr.io", "--lifetime", "1h"},
		{"token", "--host", "gcr.io", "--source", "adc"}, {"token", "--host", "gcr.io", "--scopes", "x"},
		{"token", "--audience", "x"},
		{"id-token"}, append([]string{"id-token"}, sa...), {"id-token", "--audience", ""}, {"id-token", "--host", "gcr.io"},
		{"id-token", "--audience", "x", "--scopes", "y"}, {"id-token", "--audience", "x", "--include-email=perhaps"},
		{"sign-blob", "file"}, {"sign-jwt", "--lifetime", "1h"}, {"sign-blob", "--host", "gcr.io", "--delegates", middle},
		{"source"}, {"source", "bogus"}, {"source", "add"}, {"source", "add", "x"}, {"source", "add", "a/b", "--from", "-"},
		{"source", "add", "x", "--from", "-", "--shred"}, {"source", "add", "x", "y", "--from", "-"}, {"source", "list", "x"},
		{"source", "remove"}, {"source", "remove", "a b"},
		{"status", "x"}, {"purge", "x"}, {"version", "x"}, {"completion"}, {"completion", "tcsh"}, {"goauth", "a", "b"},
		{"mint", "x"},
	} {
		line := w.fail(exitUsage, "", args...)
		if !strings.Contains(line, " --help\n") {
			t.Errorf("%q: %q does not name the manual", args, line)
		}
	}
	for _, args := range [][]string{{"help", "bogus"}, {"help", "source", "bogus"}, {"help", "--bogus"}} {
		if line := w.fail(exitUsage, "", args...); !strings.HasSuffix(line, "; run: credential-iam help\n") {
			t.Errorf("%q: %q does not lead to the list of commands", args, line)
		}
	}
	if line := w.fail(exitUsage, "", "token", "--service-account", ""); !strings.Contains(line, "it is empty") {
		t.Errorf("a variable that the shell did not find: %q", line)
	}
	w.calls(0)
}
