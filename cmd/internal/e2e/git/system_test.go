package git

import (
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// systemWide makes git-credential-iam the helper of git.example.com in git's file for
// the whole system, and a helper that stores that of everything in the person's, which
// comes later.
func (w *world) systemWide(t *testing.T, argument string) *iamtest.GitServer {
	t.Helper()
	g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
	w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
	w.Write(t, "system", []byte("[credential \"https://git.example.com\"]\n\thelper =\n\thelper = iam"+argument+"\n[http \"https://git.example.com\"]\n\tpostBuffer = 524288000\n"))
	delete(w.Env, "GIT_CONFIG_NOSYSTEM")
	w.Env["GIT_CONFIG_SYSTEM"] = w.Path("system")
	w.config(t, "--add", "credential.helper", "store")
	return g
}

// push pushes more than git sends at once.
func (w *world) push(t *testing.T) {
	t.Helper()
	dir := w.Publish(t, "https://git.example.com/team/app")
	w.Commit(t, dir, "large", several)
	if out := w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main"); out != "" {
		t.Errorf("a good push says %q", out)
	}
	w.must(t, dir, "git", "ls-remote", "--quiet", "origin")
}

// stored is what git's store has on disk.
func (w *world) stored(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(w.Path(".git-credentials"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(b)
}

// Where git's system-wide file names the helper, and a person's own file one that
// stores, no token is on disk with git 2.46 and later, and a large push goes through
// with each of them.
func TestEphemeral(t *testing.T) {
	eachGit(t, bearer, newest, func(t *testing.T, w *world) {
		g := w.systemWide(t, " --ephemeral")
		w.push(t)
		if s := w.stored(t); s != "" {
			t.Errorf("%d bytes are on disk", len(s))
		}
		envtest.WantGit(t, g, deployer, "Basic", deployer)
		w.wantCalls(t, 1, "generateAccessToken")
		w.wantFinding(t, "ok", "git git.example.com", "")
	})
}

// Without that argument, and with an older git, the token is on disk. Doctor says so,
// and its fix, run as it is printed, ends it.
func TestStoredBesideSystem(t *testing.T) {
	test := func(argument string) func(t *testing.T, w *world) {
		return func(t *testing.T, w *world) {
			w.Spills = true
			w.systemWide(t, argument)
			w.push(t)
			if !holdsToken(w.stored(t)) {
				t.Fatal("git stores nothing: this test has no subject")
			}
			const fix = "credential-iam configure --git https://git.example.com"
			w.wantFinding(t, "error", "git git.example.com", fix)
			w.must(t, w.Dir, "sh", "-c", fix)
			w.wantFinding(t, "ok", "git git.example.com", "")
			envtest.Check(t, os.Remove(w.Path(".git-credentials")))
			w.must(t, w.Dir, "git", "ls-remote", "--quiet", "https://git.example.com/team/app")
			if s := w.stored(t); strings.TrimSpace(s) != "" {
				t.Errorf("%d bytes are on disk", len(s))
			}
		}
	}
	eachGit(t, oldest, bearer, test(" --ephemeral"))
	oldAndNew(t, test(""))
}
