package git

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// audience is that of the ID tokens, as of an OAuth client of Identity-Aware Proxy.
const audience = "1234-abc.apps.googleusercontent.com"

// several MiB are above http.postBuffer, from where git sends a push in chunks
// and first tries with an empty request.
const several = 3 << 20

// idLogins are the servers that want an ID token as Bearer, and what they say to
// a request without one.
var idLogins = map[string]iamtest.GitLogin{
	"cloud-run-403": iamtest.GitCloudRun, "iap-302": iamtest.GitIAP, "challenge-401": iamtest.GitBearer,
}

// configureID configures git.example.com as a person does.
func (w *world) configureID(t *testing.T, args ...string) string {
	t.Helper()
	return w.configure(t, append([]string{"--git", "https://git.example.com", "--token", "id", "--audience", audience}, args...)...)
}

// What configure writes is enough for a git that knows Bearer tokens, whatever
// the server says to somebody without one.
func TestBearer(t *testing.T) {
	eachGit(t, bearer, newest, func(t *testing.T, w *world) {
		out := w.configureID(t)
		wantOutput(t, out, "proactiveAuth", "postBuffer")
		for name, login := range idLogins {
			t.Run(name, func(t *testing.T) {
				g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: login, Audience: audience})
				dir := w.Publish(t, "https://git.example.com/team/app")
				w.Commit(t, dir, "large", several)
				if out := w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main"); out != "" {
					t.Errorf("a good push says %q", out)
				}
				large := false
				for _, q := range g.Requests() {
					large = large || q.Bytes > several && q.Status == 200
					if q.Kind != "Bearer" || q.Status != 200 {
						t.Errorf("%s %s: %q, status %d; want a good token at once", q.Method, q.Path, q.Kind, q.Status)
					}
				}
				if !large {
					t.Error("no large push arrived")
				}
				again := w.Clone(t, "https://git.example.com/team/app")
				if info, err := os.Stat(filepath.Join(again, "large")); err != nil || info.Size() != several {
					t.Errorf("the clone lacks the large file: %v", err)
				}
				w.must(t, again, "git", "fetch", "--quiet")
				envtest.WantGit(t, g, deployer, "Bearer", "")
			})
		}
		w.wantCalls(t, 1, "generateIdToken")
		w.wantFinding(t, "ok", "git git.example.com", "")
	})
}

// The buffer that configure writes is needed: without it these gits send an empty
// request without a token, say that all is up to date, and erase the good token.
// That must not cost a mint for every push.
func TestLargePushWithoutBuffer(t *testing.T) {
	eachGit(t, bearer, probing, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitBearer, Audience: audience})
		w.configureID(t)
		w.config(t, "--unset", "http.https://git.example.com.postBuffer")
		dir := w.Publish(t, "https://git.example.com/team/app")
		w.Commit(t, dir, "large", several)
		for range 5 {
			out, err := w.try(dir, "git", "push", "origin", "HEAD:main")
			if err == nil {
				t.Fatalf("this git can push that much without the buffer; configure and doctor need not set it:\n%s", out)
			}
			wantOutput(t, out, "Everything up-to-date")
		}
		for _, q := range g.Requests() {
			if q.Bytes > several {
				t.Error("a large push arrived")
			}
		}
		// The first erase is obeyed, as it might be right.
		w.wantCalls(t, 2, "generateIdToken")
		w.wantFinding(t, "warning", "git git.example.com postBuffer", "credential-iam configure --git")

		w.configureID(t)
		if out := w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main"); out != "" {
			t.Errorf("a good push says %q", out)
		}
	})
}

// From 2.54 on git needs no buffer, which is why doctor does not ask for it there.
func TestLargePushNeedsNoBuffer(t *testing.T) {
	eachGit(t, probing, newest, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitCloudRun, Audience: audience})
		w.configureID(t)
		w.config(t, "--unset", "http.https://git.example.com.postBuffer")
		dir := w.Publish(t, "https://git.example.com/team/app")
		w.Commit(t, dir, "large", several)
		w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main")
		chunked := false
		for _, q := range g.Requests() {
			chunked = chunked || q.Chunked && q.Bytes > several
		}
		if !chunked {
			t.Error("no chunked push was seen")
		}
		w.wantCalls(t, 1, "generateIdToken")
	})
}

// A server that takes an ID token as the password of a user name needs nothing of
// git: any version can push much there.
func TestIDTokenAsPassword(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitIDPassword, Audience: audience})
		if out := w.configureID(t, "--username", "robot"); strings.Contains(out, "2.46") || strings.Contains(out, "postBuffer") {
			t.Errorf("configure says more than needed:\n%s", out)
		}
		dir := w.Publish(t, "https://git.example.com/team/app")
		w.Commit(t, dir, "large", several)
		w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main")
		envtest.WantGit(t, g, deployer, "Basic", "robot")
		w.wantCalls(t, 1, "generateIdToken")
	})
}

// A git that cannot send a Bearer token is named by configure and doctor. Used all
// the same it fails at once, asks nobody for a password, and no token is made.
func TestBearerWithOldGit(t *testing.T) {
	eachGit(t, oldest, bearer, func(t *testing.T, w *world) {
		wantOutput(t, w.configureID(t), w.git.version.String(), "2.46")
		w.wantFinding(t, "error", "git git.example.com version", "")
		w.iam.ResetCalls() // doctor tries a mint
		for name, login := range idLogins {
			g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: login, Audience: audience})
			start := time.Now()
			out, err := w.try(w.Dir, "git", "ls-remote", "https://git.example.com/team/app")
			if err == nil || time.Since(start) > testenv.Patience {
				t.Errorf("%s: %v after %s:\n%s", name, err, time.Since(start), out)
			}
			if login == iamtest.GitBearer { // the one that has git ask us
				wantOutput(t, out, "git-credential-iam: ", "git.example.com", "2.46")
			}
			for _, q := range g.Requests() {
				if q.Header != "" {
					t.Errorf("%s: %s %s had a %s header", name, q.Method, q.Path, q.Header)
				}
			}
		}
		w.wantSilence(t)
	})
}

// A self-signed JWT is good for a server behind Identity-Aware Proxy, too.
func TestBearerJWT(t *testing.T) {
	eachGit(t, bearer, newest, func(t *testing.T, w *world) {
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{Login: iamtest.GitIAP})
		w.configure(t, "--git", "https://git.example.com", "--token", "jwt", "--audience", g.URL+"/*")
		w.Publish(t, "https://git.example.com/team/app")
		envtest.WantGit(t, g, deployer, "Bearer", "")
		w.wantCalls(t, 1, "signJwt")
		w.wantCalls(t, 0, "generateIdToken")
	})
}
