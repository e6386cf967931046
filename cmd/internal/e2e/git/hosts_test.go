package git

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Google's own hosts need no section, and want the user names that they want.
func TestGoogleHosts(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		for host, user := range map[string]string{
			"source.developers.google.com":               deployer,
			"inst-123-git.us-central1.sourcemanager.dev": deployer,
			"android.googlesource.com":                   "git-service-account",
		} {
			w.configure(t, "--git", host)
			g := w.newGit(t, host, deployer, iamtest.GitOptions{Users: []string{user}})
			dir := w.Publish(t, "https://"+host+"/p/proj/r/app")
			// In other letters, and with the port that is implied.
			w.must(t, dir, "git", "ls-remote", "--quiet", "https://"+strings.ToUpper(host)+"/p/proj/r/app")
			w.must(t, dir, "git", "ls-remote", "--quiet", "https://"+host+":443/p/proj/r/app")
			// A user name in the URL selects nobody: it is not even sent.
			w.must(t, dir, "git", "ls-remote", "--quiet", "https://auditor%40demo-project.iam.gserviceaccount.com@"+host+"/p/proj/r/app")
			envtest.WantGit(t, g, deployer, "Basic", user)
		}
		w.wantCalls(t, 1, "generateAccessToken")
	})
}

// Names that look like ours, to a program that compares carelessly.
func TestLookAlikes(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}, "lib.example.com:8443": {"token": "access"}})
		evil := w.newRogue(t, nil, append([]string{
			"source.developers.google.com:8443", "git.example.com:8443", "lib.example.com", "git.example.com.:443", "source.developers.google.com.:443",
		}, "evil.test", "x.evil.test", "source.developers.google.com.evil.test", "evilgooglesource.com", "googlesource.com.evil.test",
			"source.developers.google.co", "source-developers.google.com", "evil.sourcemanager.dev", "a.b.developerconnect.dev")...)
		for _, url := range []string{
			"https://source.developers.google.com.evil.test/r", "https://evilgooglesource.com/r", "https://googlesource.com.evil.test/r",
			"https://source.developers.google.co/r", "https://source-developers.google.com/r", "https://evil.sourcemanager.dev/r",
			"https://a.b.developerconnect.dev/r", "https://source.developers.google.com:8443/r", "https://git.example.com:8443/r",
			"https://lib.example.com/r", "https://source.developers.google.com./r", "https://git.example.com./r",
			"https://source.developers.google.com@evil.test/r", "https://source.developers.google.com%2f@evil.test/r",
			"https://git.example.com%40evil.test@x.evil.test/git.example.com/r", "https://evil.test/https://git.example.com/r",
			"https://evil.test/source.developers.google.com",
		} {
			if out, err := w.try(w.Dir, "git", "ls-remote", url); err == nil {
				t.Errorf("%s: git is content:\n%s", url, out)
			}
		}
		if n := evil.Requests(); n < 12 {
			t.Errorf("only %d requests arrived", n)
		}
		evil.WantNothing(t)
		w.wantSilence(t)
	})
}

// Plain http gets nothing, not even where https does.
func TestPlainHTTP(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
		asked := 0
		url, err := w.iam.Serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			asked++
			if r.Header.Get("Authorization") != "" {
				t.Error("a token came in clear")
			}
			rw.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			rw.WriteHeader(http.StatusUnauthorized)
		}), false)
		if err != nil {
			t.Fatal(err)
		}
		w.config(t, "http.proxy", url) // plain http asks the proxy itself
		for _, host := range []string{"git.example.com", "source.developers.google.com"} {
			if out, err := w.try(w.Dir, "git", "ls-remote", "http://"+host+"/r"); err == nil {
				t.Errorf("git is content:\n%s", out)
			}
		}
		if asked == 0 {
			t.Error("nothing was asked")
		}
		w.wantSilence(t)
	})
}

// forged are URLs that an attacker writes into .gitmodules, for a host of his own
// with the name of ours in it.
var forged = []string{
	"https://evil.test%0ahost=source.developers.google.com/r",
	"https://evil.test%0dhost=source.developers.google.com/r",
	"https://evil.test/%0d%0ahost=git.example.com/r",
	"https://u%0dhost=git.example.com@evil.test/r",
	"https://git.example.com%23@evil.test/r",
	"https://evil.test?git.example.com/r",
	// The rest is asked for without a submodule around it, which takes less time.
	"https://evil.test%0d%0ahost=source.developers.google.com%0d%0a/r",
	"https://evil.test%00.git.example.com/r",
	"https://u%0ahost=git.example.com@evil.test/r",
	"https://git.example.com%0d@evil.test/r",
	"https://evil.test/%0ahost=git.example.com",
	"https://%67it.example.com%2eevil.test/r",
	"https://evil.test#@git.example.com.evil.test/r",
	"http::https://evil.test/r",
	"://git.example.com/r",
}

// A submodule's URL is an attacker's text. Git refuses some of these by itself; the
// others it brings to us, or to a server of the attacker's.
func TestForgedSubmodules(t *testing.T) {
	const submodules = 6
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		w.config(t, "credential.protectProtocol", "false") // else git (from 2.40.4 on) refuses CR for us
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
		evil := w.newRogue(t, nil, "evil.test", "git.example.com.evil.test")
		g := w.newGit(t, "git.example.com", deployer, iamtest.GitOptions{})
		dir := w.Publish(t, "https://git.example.com/team/app")
		w.addSubmodules(t, dir, forged[:submodules])
		again := w.Clone(t, "https://git.example.com/team/app")
		before := len(g.Requests())
		for i, url := range forged {
			args := []string{"ls-remote", url}
			if i < submodules {
				args = []string{"submodule", "--quiet", "update", "--init", fmt.Sprintf("m%d", i)}
			}
			if out, err := w.try(again, "git", args...); err == nil {
				t.Errorf("%s: git is content:\n%s", url, out)
			}
		}
		if evil.Requests() == 0 {
			t.Error("nothing arrived at the attacker's server; what was tested?")
		}
		evil.WantNothing(t)
		for _, q := range g.Requests()[before:] {
			t.Errorf("our server was asked for %s %s (%s)", q.Method, q.Path, q.Kind)
		}
		w.wantCalls(t, 1, "generateAccessToken") // for the repository itself
	})
}

// addSubmodules adds submodules m0, m1, ... with these URLs to the repository in
// dir and pushes it, as an attacker would: without looking whether they are there.
func (w *world) addSubmodules(t *testing.T, dir string, urls []string) {
	t.Helper()
	head := strings.TrimSpace(w.must(t, dir, "git", "rev-parse", "HEAD"))
	var modules strings.Builder
	for i, url := range urls {
		name := fmt.Sprintf("m%d", i)
		fmt.Fprintf(&modules, "[submodule %q]\n\tpath = %s\n\turl = %q\n", name, name, url)
		w.must(t, dir, "git", "update-index", "--add", "--cacheinfo", "160000,"+head+","+name)
	}
	if err := os.WriteFile(filepath.Join(dir, ".gitmodules"), []byte(modules.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must(t, dir, "git", "add", ".gitmodules")
	w.must(t, dir, "git", "commit", "--quiet", "--message", "add modules")
	w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main")
}

// A challenge of 80 KB with control bytes, which git 2.41 and later hands on
// to helpers unbroken, does not keep a good host from working.
func TestLongChallenge(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
		g := w.newGit(t, "denied.example.com", deployer, iamtest.GitOptions{})
		long := "Basic realm=\"" + strings.Repeat("x", 1020) + "\x1b[2J\x07\xe9 host=evil.test" + strings.Repeat("y", 78_000) + "\""
		w.newRogue(t, func(rw http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "" {
				g.ServeHTTP(rw, r)
				return
			}
			rw.Header().Set("WWW-Authenticate", long)
			rw.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(rw, "no")
		}, "git.example.com")
		w.config(t, "http.version", "HTTP/1.1") // the stand-in drops such a header in HTTP/2
		w.Publish(t, "https://git.example.com/team/app")
		envtest.WantGit(t, g, deployer, "Basic", deployer)
		w.wantCalls(t, 1, "generateAccessToken")
	})
}
