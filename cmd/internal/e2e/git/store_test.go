package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// keep makes git run a helper for every host that writes down what it is told, and
// returns a function that reads it.
func (w *world) keep(t *testing.T) func() string {
	t.Helper()
	dir := w.Folder(t, "keep-")
	script := "#!/bin/sh\n{ echo \"operation=$1\"; cat; } >>'" + dir + "/told'\n"
	if err := testenv.WriteProgram(filepath.Join(dir, "helper"), []byte(script)); err != nil {
		t.Fatal(err)
	}
	w.config(t, "--add", "credential.helper", filepath.Join(dir, "helper"))
	return func() string {
		b, err := os.ReadFile(filepath.Join(dir, "told"))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(b)
	}
}

// Helpers that store are configured for every host, before and after ours. With
// what configure writes git tells them nothing about our hosts, and still asks
// them for others.
func TestStoringHelpersSeeNothing(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		told := w.keep(t)
		w.config(t, "--add", "credential.helper", "store")
		w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		w.configure(t, "--git", "https://git.example.com", "--token", "access")
		w.Publish(t, "https://git.example.com/team/app")
		if s := told(); s != "" {
			t.Errorf("the other helper was told:\n%.300s", s)
		}
		if _, err := os.Stat(filepath.Join(w.Dir, ".git-credentials")); err == nil {
			t.Error("git's store helper stored something")
		}
		w.wantFinding(t, "ok", "git git.example.com", "")

		// One that is configured for all hosts later comes after ours.
		w.must(t, w.Dir, "git", "config", "--global", "--unset-all", "credential.helper")
		told = w.keep(t)
		w.wantFinding(t, "error", "git git.example.com", "configure --git")
		w.configure(t, "--git", "https://git.example.com", "--token", "access")
		w.must(t, w.Dir, "git", "ls-remote", "--quiet", "https://git.example.com/team/app")
		if s := told(); s != "" {
			t.Errorf("after another configure the other helper was told:\n%.300s", s)
		}
		w.newRogue(t, nil, "evil.test")
		_, _ = w.try(w.Dir, "git", "ls-remote", "https://evil.test/r") // fails: it wants a password
		wantOutput(t, told(), "operation=get", "host=evil.test")
	})
}

// Without the empty helper git hands our token to those that store, which is what
// configure is for, and what doctor warns of.
func TestStoringHelpersWithoutReset(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.Spills = true
		told := w.keep(t)
		w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
		w.config(t, "credential.https://git.example.com.helper", "iam")
		w.Publish(t, "https://git.example.com/team/app")
		if s := told(); !strings.Contains(s, "operation=store") || !holdsToken(s) {
			t.Errorf("the other helper did not get the token; is the reset needed?\n%.300s", s)
		}
		w.wantFinding(t, "error", "git git.example.com", "credential-iam configure --git https://git.example.com")
	})
}

// Even then a foreign password that git shows us is neither kept nor answered.
func TestForeignSecretIsNotKept(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
		// The other helper answers first, with a token of its own.
		foreign := w.iam.AccessToken(auditor, 3600e9)
		g.AllowWriter(auditor)
		script := "!f() { test \"$1\" != get || printf 'username=other\\npassword=%s\\n' \"$FOREIGN\"; }; f"
		w.Env["FOREIGN"] = foreign
		w.config(t, "credential.https://git.example.com.helper", script)
		w.config(t, "--add", "credential.https://git.example.com.helper", "iam")
		w.Publish(t, "https://git.example.com/team/app")
		envtest.WantGit(t, g, auditor, "Basic", "other")
		w.wantSilence(t)

		w.config(t, "--replace-all", "credential.https://git.example.com.helper", "iam")
		before := len(g.Requests())
		w.must(t, w.Dir, "git", "ls-remote", "--quiet", "https://git.example.com/team/app")
		for _, q := range g.Requests()[before:] {
			if q.Principal != "" && q.Principal != deployer {
				t.Errorf("came as %q, want %q", q.Principal, deployer)
			}
		}
		w.wantCalls(t, 1, "generateAccessToken")
	})
}
