package git

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Eight fetches at once ask eight helpers at once, before any server has asked.
func TestBearerFetchAll(t *testing.T) {
	eachGit(t, bearer, newest, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitCloudRun, Audience: audience})
		w.configureID(t)
		dir := w.Publish(t, "https://git.example.com/team/app0")
		for i := range 7 {
			w.must(t, dir, "git", "remote", "add", fmt.Sprintf("r%d", i), fmt.Sprintf("https://git.example.com/team/app%d", i+1))
		}
		w.forget(t, "git.example.com")
		before := w.iam.Calls("generateIdToken")
		w.must(t, dir, "git", "fetch", "--quiet", "--all", "-j8")
		if n := w.iam.Calls("generateIdToken") - before; n != 1 {
			t.Errorf("eight fetches without a cached token made %d calls, want 1", n)
		}
		envtest.WantGit(t, g, deployer, "Bearer", "")
	})
}

// A repository with an access token, its submodule with an ID token of another
// account on another host, and both as partial clones.
func TestSubmodulesOfTwoKinds(t *testing.T) {
	eachGit(t, bearer, newest, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		lib := w.newGit(t, "lib.example.com", auditor, iamtest.GitOptions{Login: iamtest.GitIAP, Audience: audience})
		w.configure(t, "--git", "https://git.example.com", "--token", "access")
		w.configure(t, "--git", "https://lib.example.com", "--token", "id", "--audience", audience, "--service-account", auditor)
		w.Publish(t, "https://lib.example.com/libs/lib")
		dir := w.Publish(t, "https://git.example.com/team/app")
		w.must(t, dir, "git", "submodule", "--quiet", "add", "https://lib.example.com/libs/lib", "lib")
		w.must(t, dir, "git", "commit", "--quiet", "--message", "add lib")
		w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main")
		for _, repository := range []string{g.Repository("team/app"), lib.Repository("libs/lib")} {
			w.must(t, repository, "git", "config", "uploadpack.allowFilter", "true")
			w.must(t, repository, "git", "config", "uploadpack.allowAnySHA1InWant", "true")
		}
		again := w.Clone(t, "https://git.example.com/team/app", "--recurse-submodules", "--filter=blob:none", "--also-filter-submodules")
		for _, name := range []string{"first", "lib/first"} {
			if _, err := os.Stat(filepath.Join(again, name)); err != nil {
				t.Error(err)
			}
		}
		envtest.WantGit(t, g, deployer, "Basic", deployer)
		envtest.WantGit(t, lib, auditor, "Bearer", "")
		w.wantCalls(t, 1, "generateAccessToken")
		w.wantCalls(t, 1, "generateIdToken")
	})
}

// Two identities on one host, by the path of the repository. The user name in a
// URL, which chooses an account with other helpers, chooses nothing.
func TestTwoIdentitiesOnOneHost(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		g.AllowWriter(auditor)
		w.configure(t, "--git", "https://git.example.com", "--token", "access")
		w.configure(t, "--git", "https://git.example.com/audit", "--token", "access", "--service-account", auditor)
		for path, account := range map[string]string{
			"team/app": deployer, "audit/app": auditor, "audit/app.git": auditor, "auditors/app": deployer, "team/audit": deployer,
		} {
			before := len(g.Requests())
			w.Publish(t, "https://git.example.com/"+path)
			w.must(t, w.Dir, "git", "ls-remote", "--quiet", "https://auditor@git.example.com/"+path)
			for _, q := range g.Requests()[before:] {
				if q.Principal != "" && q.Principal != account {
					t.Errorf("%s: came as %q, want %q", path, q.Principal, account)
				}
			}
		}
		w.wantCalls(t, 2, "generateAccessToken")
	})
}
