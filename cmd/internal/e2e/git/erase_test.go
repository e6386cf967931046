package git

import (
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// A server that refuses good tokens, for want of a permission say, makes git erase
// one after each command. Of fresh tokens one is given up a minute.
func TestServerRefusesEverything(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		refuses := func(method string, g *iamtest.GitServer, url string) {
			t.Helper()
			for range 6 {
				if out, err := w.try(w.Dir, "git", "ls-remote", url); err == nil {
					t.Fatalf("let in:\n%s", out)
				}
			}
			refused := 0
			for _, q := range g.Requests() {
				if q.Header != "" {
					refused++
				}
			}
			if refused < 6 {
				t.Errorf("%d requests had a token, want 6 or more", refused)
			}
			w.wantCalls(t, 2, method)
		}
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Users: []string{"nobody"}})
		w.configure(t, "--git", "https://git.example.com", "--token", "access")
		refuses("generateAccessToken", g, "https://git.example.com/team/app")
		if w.git.version.less(bearer) {
			return
		}
		g = w.newGit(t, "lib.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitBearer, Audience: "another"})
		w.configure(t, "--git", "https://lib.example.com", "--token", "id", "--audience", audience)
		refuses("generateIdToken", g, "https://lib.example.com/team/app")
	})
}

// A token that the server does not take any more, as it ran out by the server's
// clock: git fails once, erases it, and the next command works at once. Git never
// asks a second time in one command, so the first cannot be saved.
func TestTokenEndsMidway(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		w.newGit(t, "lib.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitCloudRun, Audience: audience})
		w.configure(t, "--git", "https://git.example.com", "--token", "access")
		w.configure(t, "--git", "https://lib.example.com", "--token", "id", "--audience", audience)
		urls := []string{"https://git.example.com/team/app"}
		if !w.git.version.less(bearer) {
			urls = append(urls, "https://lib.example.com/team/app")
		}
		for _, url := range urls {
			w.iam.SetSkew(0)
			dir := w.Publish(t, url)
			w.iam.SetSkew(2 * time.Hour)
			if out, err := w.try(dir, "git", "fetch", "--quiet"); err == nil {
				t.Errorf("%s: a token of two hours ago was taken:\n%s", url, out)
			}
			w.must(t, dir, "git", "fetch", "--quiet")
			w.Commit(t, dir, "more", 100)
			w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main")
		}
	})
}

// A token that is about to end is never handed to git: the command that would
// have failed midway gets a new one. What git it is does not matter.
func TestTokenEndsSoon(t *testing.T) {
	w := newWorld(t, found(t, oldest, newest)[0])
	w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
	w.configure(t, "--git", "https://git.example.com", "--token", "access")
	dir := w.Publish(t, "https://git.example.com/team/app")
	w.iam.ResetCalls()
	w.must(t, dir, "git", "fetch", "--quiet")
	w.wantCalls(t, 0, "generateAccessToken")
	envtest.Check(t, w.Age(t.Context(), "git.example.com", 45*time.Minute)) // git wants a third of the hour
	w.must(t, dir, "git", "fetch", "--quiet")
	w.wantCalls(t, 1, "generateAccessToken")
}
