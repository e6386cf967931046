//go:build linux

package windows

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	api      = "generateAccessToken"
	registry = "europe-docker.pkg.dev"
	question = "protocol=https\r\nhost=" + registry + "\r\n\r\n"
)

// secret is the token of an answer of docker's helper.
func secret(t *testing.T, answer string) string {
	t.Helper()
	var a struct{ Secret string }
	if err := json.Unmarshal([]byte(answer), &a); err != nil || a.Secret == "" {
		t.Fatalf("no answer: %v, %d bytes", err, len(answer))
	}
	return a.Secret
}

// TestPrograms goes the way of a person: configure, docker's and git's helper with all
// that clients ask of them, many at once, a new day, and back.
func TestPrograms(t *testing.T) {
	w := newWine(t)
	w.install("docker-credential-iam", "git-credential-iam", "credential-iam")
	google := w.signIn(iamtest.Options{})
	docker, git, core := exe("docker-credential-iam"), exe("git-credential-iam"), exe("credential-iam")
	file := w.profile + `\.docker\config.json`

	before := []byte("{\r\n\t\"credHelpers\": {\"other.example.com\": \"wincred\"}\r\n}\r\n")
	w.write(file, before)
	w.must(core, "", "configure", "--no-check", "--service-account", testenv.Deployer, "--docker", registry, "--set", "endpoint="+google.Endpoint())
	if b, err := os.ReadFile(w.unix(file)); err != nil || !strings.Contains(string(b), `"`+registry+`": "iam"`) || !strings.Contains(string(b), "wincred") {
		t.Fatalf("%v\n%s", err, b)
	}

	first := secret(t, w.must(docker, registry+"\r\n", "get"))
	if email, _, ok := google.Inspect(first); !ok || email != testenv.Deployer {
		t.Errorf("answered as %q", email)
	}
	for _, line := range []string{registry, registry + " \r\n", "https://" + registry + "\r\n"} {
		if secret(t, w.must(docker, line, "get")) != first {
			t.Errorf("%q: another token", line)
		}
	}
	if out := w.must(docker, "", "list"); !strings.Contains(out, registry) {
		t.Errorf("list: %s", out)
	}
	for _, program := range []string{docker, git} {
		if out := w.must(program, "", "--version"); !strings.Contains(out, "credential-iam") {
			t.Errorf("version: %q", out)
		}
	}
	w.run(docker, `{"ServerURL":"`+registry+`","Username":"u","Secret":"s"}`+"\r\n", "store")
	for _, end := range []string{"\n", "\r\n"} {
		out := w.must(git, strings.ReplaceAll(question, "\r\n", end), "get")
		if !strings.Contains(out, "password="+first) {
			t.Errorf("git, with %q: another token", end)
		}
	}
	w.must(git, strings.TrimSuffix(question, "\r\n")+"username=u\r\npassword="+first+"\r\n\r\n", "store")
	if n := google.Calls(api); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}

	w.must(git, strings.TrimSuffix(question, "\r\n")+"username=u\r\npassword="+first+"\r\n\r\n", "erase")
	w.atOnce(docker, google)

	w.stop() // what the Credential Manager has is there on another day
	w.start()
	n := google.Calls(api)
	w.must(docker, registry, "get")
	if got := google.Calls(api); got != n {
		t.Errorf("%d more calls after a restart", got-n)
	}

	if out, _, _ := w.run(core, "", "status"); !strings.Contains(out, "Credential Manager") && !strings.Contains(out, "keyring") {
		t.Errorf("status does not name where the token is:\n%s", out)
	}
	if out, log, _ := w.run(core, "", "doctor"); strings.Contains(out+log, "export ") || strings.Contains(out+log, "EDITOR") || strings.Contains(out+log, "unset ") {
		t.Errorf("doctor speaks to another shell:\n%s%s", out, log)
	}
	n = google.Calls(api)
	w.must(core, "", "purge", "--host", registry)
	w.must(docker, registry, "get")
	if got := google.Calls(api); got != n+1 {
		t.Errorf("%d calls after a purge, want 1", got-n)
	}
	w.must(docker, registry+"\r\n", "erase")
	w.must(core, "", "unconfigure")
	if b, err := os.ReadFile(w.unix(file)); err != nil || !bytes.Equal(b, before) {
		t.Errorf("docker's file is not as before: %v\n%q", err, b)
	}
}

// atOnce has eight processes want a token that nobody has.
func (w *wine) atOnce(docker string, google *iamtest.Server) {
	w.t.Helper()
	before := google.Calls(api)
	var all sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		cmd := w.command(docker, "get")
		cmd.Stdin = strings.NewReader(registry + "\r\n")
		all.Go(func() {
			out, err := cmd.Output()
			if err != nil {
				w.t.Error(err)
			}
			answers[i] = string(out)
		})
	}
	all.Wait()
	for _, a := range answers {
		if a != answers[0] {
			w.t.Error("another token")
		}
	}
	if n := google.Calls(api) - before; n != 1 {
		w.t.Errorf("%d calls, want 1", n)
	}
}

// TestRenewal: the process that renews in the background does not hold the pipes of the
// client, which would wait for it.
func TestRenewal(t *testing.T) {
	w := newWine(t)
	w.install("docker-credential-iam", "credential-iam")
	google := w.signIn(iamtest.Options{})
	const life = 30 * time.Second
	google.SetAccessTokenLifetime(life)
	docker, core := exe("docker-credential-iam"), exe("credential-iam")
	w.must(core, "", "configure", "--no-check", "--service-account", testenv.Deployer, "--docker", registry, "--set", "endpoint="+google.Endpoint())
	first := secret(t, w.must(docker, registry, "get"))
	hang := iamtest.Fault{Method: api, Delay: life}
	google.Fail(hang)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	envtest.Check(t, err)
	defer null.Close()
	// A Wine process has the standard error of the one above it, whatever that wants, so
	// there is no pipe there.
	envtest.Await(t, "the renewal to begin", func() bool {
		cmd := w.command(docker, "get")
		cmd.Stdin = strings.NewReader(registry)
		begun := time.Now()
		cmd.Stderr = null
		out, err := cmd.Output() // reads to the end
		if err != nil || secret(t, string(out)) != first {
			t.Fatalf("another token, or none: %v", err)
		}
		if took := time.Since(begun); took > life/2 { // the renewal gives up after 20 s
			t.Fatalf("the client waited %s for the renewal, which hangs", took)
		}
		return google.PendingFaults() == 0
	})
}
