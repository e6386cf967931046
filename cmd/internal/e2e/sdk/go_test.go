//go:build linux

package sdk

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestGo has both of Google's libraries for Go find the account, though the person has a
// login of its own.
func TestGo(t *testing.T) {
	w := newOffice(t, machine.Options{})
	for _, library := range []string{"oauth2", "auth"} {
		w.wantToken(w.library(library))
	}
	if got := w.library("project"); got != "demo-project" {
		t.Errorf("project %q", got)
	}
	if got := w.library("email"); got != deployer {
		t.Errorf("email %q", got)
	}
	if n := w.IAM.Calls("generateAccessToken"); n != 1 {
		t.Errorf("%d tokens were made, want 1", n)
	}
}

// TestGoID has an ID token of the metadata server: a credential file gives none.
func TestGoID(t *testing.T) {
	w := newOffice(t, machine.Options{})
	a := w.try([]string{"HOME=" + w.Temp, "DOCKER_CONFIG=" + w.Path(".docker"), "GOOGLE_APPLICATION_CREDENTIALS=" + w.ADC()},
		machine.Core, "exec", "--credential-file", "none", "--", w.self, "inside", "idtoken", "https://run.example.com")
	if a.code() != 0 || !strings.HasPrefix(a.stdout, "eyJ") {
		t.Errorf("exit %d: %s%s", a.code(), a.stdout, a.stderr)
	}
	// With a login in the usual place the libraries would be the person: refused.
	a = w.try(nil, machine.Core, "exec", "--credential-file", "none", "--", w.self, "inside", "oauth2")
	if a.code() != 1 || !strings.Contains(a.stderr, "application_default_credentials.json") {
		t.Errorf("exit %d: %s%s", a.code(), a.stdout, a.stderr)
	}
}

// TestFiftyUnkept has fifty ask at once where the keystore is full, and no process has
// been there before: the server keeps what the keystore does not.
func TestFiftyUnkept(t *testing.T) {
	w := newOffice(t, machine.Options{})
	w.FillKernelQuota()
	w.IAM.Fail(iamtest.Fault{Method: "generateAccessToken", Delay: 300 * time.Millisecond, Times: iamtest.Always})
	r := w.start("--no-check")
	w.fifty(r)
	if n := w.IAM.Calls("generateAccessToken"); n != 1 {
		t.Errorf("%d tokens were made, want 1", n)
	}
	envtest.Check(t, r.end())
}

// fifty asks fifty times at once.
func (w *office) fifty(r *running) {
	w.t.Helper()
	var env []string
	for name, value := range r.env {
		env = append(env, name+"="+value)
	}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			a := w.try(env, w.self, "inside", "oauth2")
			if a.code() != 0 {
				w.t.Errorf("exit %d: %s", a.code(), a.stderr)
				return
			}
			w.wantToken(strings.TrimSpace(a.stdout))
		})
	}
	all.Wait()
}

// TestFifty has fifty processes ask at once, of which none has a token yet: one is made.
func TestFifty(t *testing.T) {
	for _, keystore := range []string{"", "none"} {
		t.Run("keystore "+keystore, func(t *testing.T) {
			w := newOffice(t, machine.Options{Keystore: keystore})
			for _, flags := range [][]string{nil, {"--no-check"}} {
				w.IAM.ResetCalls()
				if keystore == "" {
					w.try(nil, machine.Core, "purge", "--host", machine.DockerHost)
				}
				r := w.start(flags...)
				w.fifty(r)
				if n := w.IAM.Calls("generateAccessToken"); n != 1 {
					t.Errorf("%q: %d tokens were made, want 1", flags, n)
				}
				if err := r.end(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}
