package main

import (
	"strings"
	"testing"
)

// Plain http is a reason of its own, but to this machine itself.
func TestPlainHTTP(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	for host, fix := range map[string]string{
		"http://gcr.io/x":       " --host https://gcr.io\n",
		"http://localhost:5000": " --git http://localhost:5000\n",
	} {
		if line := w.fail(exitFailed, "", "token", "--host", host); !strings.HasSuffix(line, fix) {
			t.Errorf("%s: %q", host, line)
		}
	}
	if line := w.fail(exitFailed, "", "token", "--host", "https://me:hunter2@h.example.com/x"); strings.Contains(line, "hunter2") {
		t.Errorf("a password is shown: %q", line)
	}
	w.calls(0)
}

// A command for which no account is configured names a host that has one.
func TestAccountOfHost(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {}, "iam@*.example.com": {"serviceAccount": deployer}, "iam@gcr.io": {"serviceAccount": deployer}})
	for _, args := range [][]string{{"token"}, {"exec", "--", "true"}, {"serve"}} {
		if line := w.fail(exitFailed, "", args...); !strings.Contains(line, "--host gcr.io ") {
			t.Errorf("%q: %q", args, line)
		}
	}
	w.configure(map[string]section{"iam": {}, "iam@gcr.io": {"lifetime": "1h"}})
	if line := w.fail(exitFailed, "", "token"); strings.Contains(line, "--host") {
		t.Errorf("no host has an account: %q", line)
	}
	w.calls(0)
}

// The fix for a host that is not answered is for the client that asks for it.
func TestHostThatIsNotAnswered(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	for host, fix := range map[string]string{
		"r.example.com:5000":         " --docker r.example.com:5000\n",
		"https://git.example.com":    " --git https://git.example.com\n",
		"git.example.com/team/x.git": " --git https://git.example.com\n",
		"europe-docker.pkg.de":       " --host europe-docker.pkg.dev\n",
	} {
		if line := w.fail(exitFailed, "", "token", "--host", host); !strings.HasSuffix(line, fix) {
			t.Errorf("%s: %q", host, line)
		}
	}
	w.calls(0)
}

// A mistake in the command line ends with 2, says where the manual is, and
// causes no call.
func TestUsageMistakes(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam@git.example.com": {"token": "id"}, "iam@gcr.io": {"serviceAccount": deployer}})
	sa := []string{"--service-account", deployer}
	for _, args := range [][]string{
		{"bogus"}, {"--bogus"}, {"token", "--bogus"}, {"token", "stray"}, {"token", "--json=maybe"},
		{"token", "--service-account", "no-mail"}, {"token", "--service-account", ""}, {"token", "--service-account", "../x@p.com"},
		{"token", "--service-account"}, {"token", "--delegates", "a,b"}, {"token", "--delegates", ","}, {"token", "--delegates", middle},
		{"token", "--source", "nonsense"}, {"token", "--source", ""}, {"token", "--source", "file:"}, {"token", "--source", "keyring:"},
		append([]string{"token", "--scopes", ""}, sa...), append([]string{"token", "--scopes", " , "}, sa...),
		append([]string{"token", "--lifetime", "0s"}, sa...), append([]string{"token", "--lifetime", "12h1s"}, sa...),
		append([]string{"token", "--lifetime", "500ms"}, sa...), append([]string{"token", "--lifetime", "3600"}, sa...),
		append([]string{"token", "--lifetime", "-1h"}, sa...), {"token", "--service-account", "source", "--lifetime", "1h"},
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
	if line := w.fail(exitUsage, "", "token", "--service-account", ""); !strings.Contains(line, `--service-account "": it is empty`) {
		t.Errorf("a variable that the shell did not find: %q", line)
	}
	w.calls(0)
}
