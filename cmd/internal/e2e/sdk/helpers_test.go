//go:build linux

package sdk

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestHelpersInside has docker's and git's helper answer inside as outside: the account
// may not impersonate itself.
func TestHelpersInside(t *testing.T) {
	for _, keystore := range []string{"", "none"} { // cached, and made again
		t.Run("keystore "+keystore, func(t *testing.T) {
			w := newOffice(t, machine.Options{Keystore: keystore})
			got := w.inside("sh", "-c", "echo "+machine.DockerHost+" | docker-credential-iam get")
			w.wantToken(got)
			got = w.inside("sh", "-c", "printf 'protocol=https\\nhost="+machine.GitHost+"\\n\\n' | git-credential-iam get")
			w.wantToken(got)
			// Also where only the libraries' variable has come through.
			got = w.inside("sh", "-c", "unset CREDENTIAL_IAM_EXEC; echo "+machine.DockerHost+" | docker-credential-iam get")
			w.wantToken(got)
			for _, c := range w.IAM.Log() {
				if c.Principal == deployer && c.Method == "generateAccessToken" {
					t.Errorf("the account impersonated itself: %+v", c)
				}
			}
		})
	}
}

// TestNested has an exec inside an exec: the inner one wins, and what it sets aside is
// the person's own again.
func TestNested(t *testing.T) {
	w := newOffice(t, machine.Options{})
	testenv.Allow(w.IAM, testenv.Person, testenv.Auditor)
	got := w.inside(machine.Core, "exec", "--service-account", testenv.Auditor, "--", w.self, "inside", "auth")
	if who, _ := w.IAM.Principal(got); who != testenv.Auditor {
		t.Errorf("the inner one is %q", who)
	}
	got = w.inside(machine.Core, "exec", "--service-account", testenv.Auditor, "--", "sh", "-c", "echo "+machine.DockerHost+" | docker-credential-iam get")
	w.wantToken(got)
}

// TestSourceInside has a source that is named by variables, which exec replaces: it is
// used inside as outside, and what somebody sets inside counts.
func TestSourceInside(t *testing.T) {
	w := newOffice(t, machine.Options{Keystore: "none"})
	dir, err := os.MkdirTemp("", "ciam-")
	envtest.Check(t, err)
	defer os.RemoveAll(dir)
	key := filepath.Join(dir, "key.json")
	ci := "ci@demo-project.iam.gserviceaccount.com"
	w.IAM.ServiceAccount(ci)
	w.IAM.Grant(ci, iamtest.RoleTokenCreator, deployer)
	envtest.Check(t, errors.Join(os.Chmod(dir, 0o755), os.WriteFile(key, w.IAM.KeyADC(ci), 0o644)))
	before := []string{"GOOGLE_APPLICATION_CREDENTIALS=" + key}
	a := w.try(before, machine.Core, "exec", "--", "sh", "-c", "echo "+machine.DockerHost+" | docker-credential-iam get")
	w.wantToken(a.stdout)
	if n := w.IAM.Calls("token"); n != 0 {
		t.Errorf("the person's login was used %d times", n)
	}
	a = w.try(before, machine.Core, "exec", "--", "sh", "-c", "export GOOGLE_APPLICATION_CREDENTIALS=/no/such; echo "+machine.DockerHost+" | docker-credential-iam get")
	if a.code() == 0 || !strings.Contains(a.stdout, "/no/such") {
		t.Errorf("what was set inside does not count: %s", a.stdout)
	}
}

// TestCredentialFile looks at the file that libraries get: no secret but its capability,
// and nobody else's to read.
func TestCredentialFile(t *testing.T) {
	w := newOffice(t, machine.Options{})
	r := w.start()
	path := r.env["GOOGLE_APPLICATION_CREDENTIALS"]
	b, err := os.ReadFile(path)
	envtest.Check(t, err)
	var doc struct {
		Type             string `json:"type"`
		TokenURL         string `json:"token_url"`
		CredentialSource struct {
			File string `json:"file"`
		} `json:"credential_source"`
	}
	envtest.Check(t, json.Unmarshal(b, &doc))
	if doc.Type != "external_account" || !strings.HasPrefix(doc.TokenURL, "http://127.0.0.1:") {
		t.Errorf("%+v", doc)
	}
	secrets := w.Secrets()
	envtest.NoSecret(t, string(b), secrets...)
	for _, file := range []string{path, doc.CredentialSource.File} {
		if st, err := os.Stat(file); err != nil || st.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", file, st.Mode(), err)
		}
	}
	for name, value := range r.env {
		envtest.NoSecret(t, name+"="+value, secrets...)
	}
	envtest.Check(t, r.end())
}
