package git

import (
	"net/http"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// askAlways makes git ask us for every host there is: worse than what configure
// writes, and what people write who configure by hand.
func (w *world) askAlways(t *testing.T) {
	t.Helper()
	w.config(t, "credential.helper", "iam")
}

func redirectTo(base string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, base+r.URL.RequestURI(), http.StatusFound)
	}
}

// Git asks its helper for the host that a redirect leads to, and does not send a
// token across hosts. A look-alike gets nothing from us either.
func TestRedirectToLookAlike(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		evil := w.newRogue(t, nil, "source.developers.google.com.evil.test")
		for _, follow := range []string{"initial", "true"} {
			w.config(t, "http.followRedirects", follow)
			w.newRogue(t, redirectTo("https://source.developers.google.com.evil.test"), "git.example.com")
			if out, err := w.try(w.Dir, "git", "ls-remote", "https://git.example.com/p/proj/r/repo"); err == nil {
				t.Errorf("%s: git is content:\n%s", follow, out)
			}
		}
		if evil.Requests() == 0 {
			t.Error("git did not follow the redirect")
		}
		evil.WantNothing(t)
		w.wantSilence(t)
	})
}

// One of ours that has seen its token and then redirects elsewhere, as a broken or
// a taken-over server may: the token stays with the first host.
func TestRedirectAfterLogin(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		w.sections(t, map[string]section{"git.example.com": {"token": "access"}})
		evil := w.newRogue(t, nil, "evil.test")
		for _, follow := range []string{"initial", "true"} {
			w.config(t, "http.followRedirects", follow)
			w.newRogue(t, func(rw http.ResponseWriter, r *http.Request) {
				if _, token, _ := r.BasicAuth(); token == "" {
					rw.Header().Set("WWW-Authenticate", `Basic realm="git"`)
					rw.WriteHeader(http.StatusUnauthorized)
					return
				}
				http.Redirect(rw, r, "https://evil.test"+r.URL.RequestURI(), http.StatusFound)
			}, "git.example.com")
			for range 3 {
				if out, err := w.try(w.Dir, "git", "ls-remote", "https://git.example.com/team/app"); err == nil {
					t.Errorf("%s: git is content:\n%s", follow, out)
				}
			}
		}
		if evil.Requests() == 0 {
			t.Error("git did not follow the redirect")
		}
		evil.WantNothing(t)
		// Git erases the first host's token though nobody refused it.
		if n := w.iam.Calls("generateAccessToken"); n > 6 {
			t.Errorf("six redirects cost %d mints, want one each at most", n)
		}
	})
}

// From one of our hosts to another with an identity of its own: each server sees
// its own token only, and a foreign host that redirects to ours none.
func TestRedirectBetweenOurs(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t)
		w.sections(t, map[string]section{
			"moved.example.com": {"token": "access"},
			"git.example.com":   {"token": "access", "serviceAccount": auditor},
		})
		g := w.newGit(t, "git.example.com", auditor, iamtest.GitOptions{})
		w.Publish(t, "https://git.example.com/team/app")
		moved := w.newRogue(t, redirectTo("https://git.example.com"), "moved.example.com")
		foreign := w.newRogue(t, redirectTo("https://git.example.com"), "evil.test")
		for _, host := range []string{"moved.example.com", "evil.test"} {
			w.Clone(t, "https://"+host+"/team/app")
		}
		moved.WantNothing(t)
		foreign.WantNothing(t)
		envtest.WantGit(t, g, auditor, "Basic", auditor)
		for _, q := range g.Requests() {
			if q.Principal == deployer {
				t.Error("the second host was sent the token of the first")
			}
		}
	})
}

// Identity-Aware Proxy redirects to a sign-in page. Whoever is there gets nothing.
func TestRedirectToSignIn(t *testing.T) {
	oldAndNew(t, func(t *testing.T, w *world) {
		w.askAlways(t) // no proactiveAuth: git does not ask before the redirect
		w.sections(t, map[string]section{"git.example.com": {"token": "id", "audience": audience}})
		signIn := w.newRogue(t, nil, "evil.test")
		w.newRogue(t, redirectTo("https://evil.test"), "git.example.com")
		if out, err := w.try(w.Dir, "git", "ls-remote", "https://git.example.com/team/app"); err == nil {
			t.Errorf("git is content:\n%s", out)
		}
		signIn.WantNothing(t)
		w.wantSilence(t)
	})
}
