package iam

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
)

// behind is a federation whose document stays and whose principal changes.
type behind struct {
	name string
	// doc is the one document, and become makes whoever it is the principal; it
	// returns the principal.
	doc    func(w *world) []byte
	become func(w *world, who string) string
	// warm is how many exchanges a second token of the same principal takes.
	warm int
}

func behinds() []behind {
	workload := func(w *world, who string) string { return w.s.WorkloadPrincipal(who).Email }
	return []behind{
		{"file", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{File: filepath.Join(w.dir, "subject")})
		}, func(w *world, who string) string {
			w.file("subject", []byte(w.s.SubjectToken(who)))
			return workload(w, who)
		}, 1},
		{"file of JSON", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{File: filepath.Join(w.dir, "subject"), JSON: true})
		}, func(w *world, who string) string {
			w.file("subject", []byte(`{"value":"`+w.s.SubjectToken(who)+`"}`))
			return workload(w, who)
		}, 1},
		{"url", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: "one"})
		}, func(w *world, who string) string {
			w.s.SetSubject(who)
			return workload(w, who)
		}, 3},
		{"executable", func(w *world) []byte {
			w.env[allowExecutables] = "1"
			return w.s.ExternalADC(iamtest.ExternalOptions{Command: w.script("print.sh", "cat "+filepath.Join(w.dir, "reply"))})
		}, func(w *world, who string) string {
			w.file("reply", w.s.ExecutableResponse(who))
			return workload(w, who)
		}, 2},
		{"executable with an output_file", func(w *world) []byte {
			w.env[allowExecutables] = "1"
			return w.s.ExternalADC(iamtest.ExternalOptions{Command: w.script("fails.sh", "exit 3"), OutputFile: filepath.Join(w.dir, "output")})
		}, func(w *world, who string) string {
			w.file("output", w.s.ExecutableResponse(who))
			return workload(w, who)
		}, 1},
		{"Azure", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{Azure: true})
		}, func(w *world, who string) string {
			w.s.SetSubject(who)
			return workload(w, who)
		}, 3},
		{"AWS container with a token file", func(w *world) []byte {
			w.env["AWS_REGION"] = "us-east-1"
			w.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = w.s.URL + iamtest.AWSContainerURI("any")
			w.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = filepath.Join(w.dir, "container")
			return w.s.ExternalADC(iamtest.ExternalOptions{AWS: true})
		}, func(w *world, who string) string {
			w.file("container", []byte(iamtest.AWSContainerToken(who)))
			return workload(w, iamtest.AWSSubjectOf(who))
		}, 1},
		{"AWS container without a token", func(w *world) []byte {
			w.env["AWS_REGION"] = "us-east-1"
			return w.s.ExternalADC(iamtest.ExternalOptions{AWS: true})
		}, func(w *world, who string) string {
			w.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = w.s.URL + iamtest.AWSContainerURI(who)
			return workload(w, iamtest.AWSSubjectOf(who))
		}, 3},
		{"AWS environment", func(w *world) []byte {
			return w.s.ExternalADC(iamtest.ExternalOptions{AWS: true})
		}, func(w *world, who string) string {
			for _, kv := range iamtest.AWSEnvironmentOf(who) {
				name, value, _ := strings.Cut(kv, "=")
				w.env[name] = value
			}
			return workload(w, iamtest.AWSSubjectOf(who))
		}, 1},
	}
}

// TestPrincipalBehind has another principal behind one unchanged document: it never
// gets, by what was kept of the first one, what IAM denies it.
func TestPrincipalBehind(t *testing.T) {
	for _, c := range behinds() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			target := w.target(c.doc(w), deployer)
			first := c.become(w, "one")
			w.s.Grant(first, iamtest.RoleTokenCreator, deployer)
			w.wantPrincipal(w.mint(target), deployer)
			c.become(w, "one") // a new token of the same principal
			w.s.ResetCalls()
			w.wantPrincipal(w.mint(target), deployer)
			w.calls(c.warm)

			second := c.become(w, "two")
			w.c = w.client()
			w.wantError(target, "permission-denied", "may not impersonate")
			own := target
			own.ServiceAccount, own.Own = "", true
			w.wantPrincipal(w.mint(own), second)
			c.become(w, "one")
			w.wantPrincipal(w.mint(own), first)
			w.wantPrincipal(w.mint(target), deployer)
			w.noSecrets()
		})
	}
}

// TestPrincipalTwoHops: nor does it get the token of the account in the middle.
func TestPrincipalTwoHops(t *testing.T) {
	for _, c := range behinds() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			target := w.target(w.s.ImpersonatedADC(c.doc(w), middle), deployer)
			w.s.Grant(c.become(w, "one"), iamtest.PermAccessToken, middle)
			w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
			w.wantPrincipal(w.mint(target), deployer)
			c.become(w, "two")
			w.wantError(target, "permission-denied", "may not impersonate")
		})
	}
}

// TestPrincipalFingerprint is what the adapters see of the same: a fingerprint for
// each principal, the same for its next token, and none where nobody can tell.
func TestPrincipalFingerprint(t *testing.T) {
	for _, c := range behinds() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			path := w.file("adc.json", c.doc(w))
			find := func(who string) helper.Source {
				c.become(w, who)
				s, err := source.Finder{Env: w.c.env}.Find(t.Context(), "file:"+path)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			one, again, two := find("one"), find("one"), find("two")
			if one != again {
				t.Errorf("a new token of the same principal makes %+v another identity: %+v", one, again)
			}
			known := c.warm == 1
			if (one.Fingerprint != "") != known || (one.Unshared == "") != known || known && one.Fingerprint == two.Fingerprint {
				t.Errorf("%+v and %+v", one, two)
			}
		})
	}
}

// TestPrincipalGone: what told the principal is not there any more when the token
// is made. It is made, and nobody keeps it.
func TestPrincipalGone(t *testing.T) {
	w := newWorld(t)
	w.env[allowExecutables] = "1"
	output := w.file("output", w.s.ExecutableResponse("one"))
	reply := w.file("reply", w.s.ExecutableResponse("two"))
	target := w.target(w.s.ExternalADC(iamtest.ExternalOptions{Command: w.script("print.sh", "cat "+reply), OutputFile: output}), deployer)
	found, err := source.Finder{Env: w.c.env}.Find(t.Context(), "file:"+target.Source.Path)
	if err != nil {
		t.Fatal(err)
	}
	target.Source = found
	w.s.Grant(w.s.WorkloadPrincipal("two").Email, iamtest.RoleTokenCreator, deployer)
	if err := os.Remove(output); err != nil {
		t.Fatal(err)
	}
	if tok := w.mint(target); tok.Fingerprint != helper.Unshared {
		t.Errorf("the token is of the identity %q, found was %q", tok.Fingerprint, found.Fingerprint)
	}
	if keys := must(w.store.List(t.Context()))(t); len(keys) != 0 {
		t.Errorf("kept %v", keys)
	}
	// Somebody else's is an error.
	w.file("output", w.s.ExecutableResponse("two"))
	w.wantError(target, "source-changed", "changed")
}
