//go:build linux

package sdk

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// gcloudRoot is the folder of gcloud, whose own copy of Google's library for Python is
// newer than Debian's.
func gcloudRoot(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("gcloud")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		t.Skip("no gcloud on the PATH")
	}
	return filepath.Dir(filepath.Dir(path))
}

// TestPython has Google's library for Python find the account, its project and its
// e-mail.
func TestPython(t *testing.T) {
	python := parts.Program(t, "/usr/bin/python3")
	third := filepath.Join(gcloudRoot(t), "lib", "third_party")
	w := newOffice(t, machine.Options{})
	const program = `
import sys; sys.path.insert(0, sys.argv[1])
import google.auth, google.auth.transport.requests
from google.auth import compute_engine
request = google.auth.transport.requests.Request()
c, project = google.auth.default(scopes=['https://www.googleapis.com/auth/cloud-platform'])
c.refresh(request); print(c.token); print(project)
c = compute_engine.Credentials(); c.refresh(request); print(c.token); print(c.service_account_email)
c = compute_engine.IDTokenCredentials(request, 'https://run.example.com', use_metadata_identity_endpoint=True); c.refresh(request); print(c.token)
`
	lines := strings.Split(w.inside(python, "-c", program, third), "\n")
	if len(lines) != 5 || lines[1] != "demo-project" || lines[3] != deployer || !strings.HasPrefix(lines[4], "eyJ") {
		t.Fatalf("%q", lines)
	}
	w.wantToken(lines[0])
	w.wantToken(lines[2])
}

// TestGcloud has gcloud be the account, with the person's configuration but for the
// account, and keep nothing of it in the person's folder.
func TestGcloud(t *testing.T) {
	gcloudRoot(t)
	w := newOffice(t, machine.Options{})
	w.Env["PATH"] += ":" + filepath.Dir(mustLook(t, "gcloud"))
	w.Env["CLOUDSDK_CORE_DISABLE_PROMPTS"] = "1"
	write := func(name, content string) {
		if err := w.Home.Write(".config/gcloud/"+name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	write("configurations/config_default", "[core]\naccount = dev@example.com\nproject = my-project\n[compute]\nregion = europe-west3\n[auth]\nimpersonate_service_account = other@demo-project.iam.gserviceaccount.com\n")
	write("active_config", "default")
	w.wantToken(w.inside("gcloud", "auth", "print-access-token"))
	if got := w.inside("gcloud", "auth", "print-identity-token", "--audiences=https://run.example.com"); !strings.HasPrefix(got, "eyJ") {
		t.Errorf("identity token: %s", got)
	}
	if got := w.inside("gcloud", "config", "list", "--format=value(core.account,core.project,compute.region)"); got != deployer+"\tmy-project\teurope-west3" {
		t.Errorf("configuration: %q", got)
	}
	w.wantToken(w.inside("gcloud", "auth", "application-default", "print-access-token"))
	for _, name := range []string{"access_tokens.db", "credentials.db", "gce"} {
		if _, err := os.Stat(w.Path(".config/gcloud/" + name)); err == nil {
			t.Errorf("gcloud has left %s in the person's folder", name)
		}
	}
}

func mustLook(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNode has Google's library for Node.js find the account.
func TestNode(t *testing.T) {
	node := parts.Program(t, "node")
	modules := nodeModules(t)
	w := newOffice(t, machine.Options{Own: true}) // who may read .tools
	const program = `
const {GoogleAuth, Compute} = require(process.argv[1] + '/google-auth-library');
(async () => {
  const auth = new GoogleAuth({scopes: 'https://www.googleapis.com/auth/cloud-platform'});
  console.log(await auth.getAccessToken());
  console.log(await auth.getProjectId());
  const c = new Compute();
  console.log((await c.getAccessToken()).token);
  console.log(await c.fetchIdToken('https://run.example.com'));
})().catch(e => { console.error(e); process.exit(1); });
`
	lines := strings.Split(w.inside(node, "-e", program, modules), "\n")
	if len(lines) != 4 || lines[1] != "demo-project" || !strings.HasPrefix(lines[3], "eyJ") {
		t.Fatalf("%q", lines)
	}
	w.wantToken(lines[0])
	w.wantToken(lines[2])
}

// nodeModules is the folder in which .ci/parts has put the library.
func nodeModules(t *testing.T) string {
	t.Helper()
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		modules := filepath.Join(dir, "node", "node_modules")
		if _, err := os.Stat(filepath.Join(modules, "google-auth-library")); err == nil && filepath.Base(dir) == ".tools" {
			return modules
		}
	}
	parts.Missing(t, "no google-auth-library in .tools/node on the PATH (.ci/parts puts it there)")
	return ""
}

// TestTerraform has Terraform's backend for Cloud Storage be the account.
func TestTerraform(t *testing.T) {
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		if terraform, err = exec.LookPath("tofu"); err != nil {
			parts.Missing(t, "no terraform and no tofu on the PATH")
		}
	}
	w := newOffice(t, machine.Options{Own: true}) // who may read .tools
	var mu sync.Mutex
	var asked []string
	storage := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		if !strings.HasSuffix(r.URL.Path, "/o") { // there is no state yet
			http.NotFound(rw, r)
			return
		}
		rw.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(rw, `{"kind":"storage#objects","items":[]}`)
	}))
	defer storage.Close()
	main := "terraform {\n backend \"gcs\" {\n bucket = \"b\"\n storage_custom_endpoint = \"" + storage.URL + "/storage/v1/\"\n }\n}\n"
	for _, env := range [][]string{nil, {"GOOGLE_OAUTH_ACCESS_TOKEN=ya29.somebody", "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT="}} {
		dir := filepath.Join(w.Work, "infra"+strconv.Itoa(len(env)))
		envtest.Check(t, os.Mkdir(dir, 0o777))
		envtest.Check(t, errors.Join(os.Chmod(dir, 0o777), os.WriteFile(filepath.Join(dir, "main.tf"), []byte(main), 0o644)))
		a := w.try(append(env, "CHECKPOINT_DISABLE=1"), machine.Core, "exec", "--", terraform, "-chdir="+dir, "init", "-input=false", "-no-color")
		// The state cannot be made there; that the bucket was read is enough.
		if !strings.Contains(a.stdout, `Successfully configured the backend "gcs"`) {
			t.Errorf("exit %d\n%s%s", a.code(), a.stdout, a.stderr)
		}
	}
	if len(asked) == 0 {
		t.Error("the storage was not asked")
	}
	for _, token := range asked {
		w.wantToken(token)
	}
}

// TestKindUser has the libraries take the file that is for Java's.
func TestKindUser(t *testing.T) {
	python, node := parts.Program(t, "/usr/bin/python3"), parts.Program(t, "node")
	third, modules := filepath.Join(gcloudRoot(t), "lib", "third_party"), nodeModules(t)
	w := newOffice(t, machine.Options{Own: true}) // who may read .tools
	for _, command := range [][]string{
		{w.self, "inside", "oauth2"},
		{w.self, "inside", "auth"},
		{python, "-c", `
import sys; sys.path.insert(0, sys.argv[1])
import google.auth, google.auth.transport.requests
c, _ = google.auth.default(scopes=['https://www.googleapis.com/auth/cloud-platform'])
c.refresh(google.auth.transport.requests.Request()); print(c.token)`, third},
		{node, "-e", `
const {GoogleAuth} = require(process.argv[1] + '/google-auth-library');
new GoogleAuth({scopes: 'https://www.googleapis.com/auth/cloud-platform'}).getAccessToken().then(console.log)`, modules},
	} {
		a := w.try(nil, append([]string{machine.Core, "exec", "--credential-file", "user", "--"}, command...)...)
		if a.code() != 0 {
			t.Fatalf("%s: %s", command[0], a.stderr)
		}
		w.wantToken(strings.TrimSpace(a.stdout))
	}
}
