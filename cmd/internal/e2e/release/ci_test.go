//go:build linux

package release

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// subject is the job, as its CI system names it.
const subject = "repo:example/app:ref:refs/heads/main"

// job is an empty machine with a release in /release, and a stand-in for Google that
// lets the CI system's job impersonate the account, and nobody else.
func job(t *testing.T) (*empty, *iamtest.Server) {
	t.Helper()
	m := newEmpty(t)
	m.put("release", one(t, ".tar.gz"), filepath.Join(dist(t), "SHA256SUMS"), filepath.Join(dist(t), "install.sh"))
	google := envtest.Google(t, iamtest.Options{}, testenv.Deployer)
	google.Grant(google.WorkloadPrincipal(subject).Email, iamtest.RoleTokenCreator, testenv.Deployer)
	return m, google
}

// provider is the pool's provider as people name it.
func provider() string { return strings.TrimPrefix(iamtest.WorkloadAudience, "//iam.googleapis.com/") }

// sum is the sum of the release's sums, which pins it.
func sum(t *testing.T, m *empty) string {
	t.Helper()
	return strings.Fields(m.must("sha256sum /release/SHA256SUMS", ""))[0]
}

// wantAccount checks that docker's helper answers as the account in the job.
func wantAccount(t *testing.T, m *empty, google *iamtest.Server) {
	t.Helper()
	var answer struct{ Secret string }
	check(t, json.Unmarshal([]byte(m.must("docker-credential-iam get", "europe-docker.pkg.dev")), &answer))
	if email, _, ok := google.Inspect(answer.Secret); !ok || email != testenv.Deployer {
		t.Errorf("answered as %q", email)
	}
}

// decode reads a file of YAML in the repository.
func decode(t *testing.T, name string, into any) {
	t.Helper()
	check(t, yaml.Unmarshal([]byte(read(t, filepath.Join(root(), name))), into))
}

// TestAction runs the steps of the GitHub Action as a runner does, in a machine that
// has sh and tar and no more.
func TestAction(t *testing.T) {
	const request = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqb2IifQ.c2ln" // a JWT, as the runner gives it
	m, google := job(t)
	github := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+request || r.URL.Query().Get("audience") != "https:"+iamtest.WorkloadAudience {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"value": google.SubjectToken(subject)})
	}))
	defer github.Close()

	var action struct {
		Inputs map[string]struct {
			Default  string
			Required bool
		}
		Runs struct {
			Using string
			Steps []struct {
				Name, Shell, Run string
				Env              map[string]string
			}
		}
	}
	decode(t, "action.yml", &action)
	given := map[string]string{
		"service-account": testenv.Deployer, "workload-identity-provider": provider(), "docker": "europe-docker.pkg.dev",
		"set": "endpoint=" + google.Endpoint() + " keystore=tmpfs", "from": "/release", "sum": sum(t, m), "token-url": google.URL + "/v1/token",
	}
	values := []string{"${{ github.action_path }}", "/release"}
	for name, input := range action.Inputs {
		value := given[name]
		if value == "" {
			value = input.Default
		}
		values = append(values, "${{ inputs."+name+" }}", value)
		delete(given, name)
	}
	if len(given) > 0 || action.Runs.Using != "composite" {
		t.Fatalf("the action has no inputs %v", given)
	}
	expand := strings.NewReplacer(values...)
	m.must("mkdir /runner && touch /runner/path /runner/env", "")
	m.env = append(m.env, "RUNNER_TEMP=/runner", "GITHUB_PATH=/runner/path", "GITHUB_ENV=/runner/env",
		"ACTIONS_ID_TOKEN_REQUEST_URL="+github.URL+"/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+request)
	base := m.env
	for _, step := range action.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("step %q takes an expression into its script: an input could be a command", step.Name)
		}
		m.env = append(slices.Clone(base), strings.Fields(read(t, filepath.Join(m.root, "runner/env")))...)
		for _, dir := range strings.Fields(read(t, filepath.Join(m.root, "runner/path"))) {
			m.env = append(m.env, "PATH="+dir+":/usr/bin:/bin")
		}
		for name, value := range step.Env {
			m.env = append(m.env, name+"="+expand.Replace(value))
		}
		if out, log, code := m.run(step.Run, ""); code != 0 {
			t.Fatalf("step %q: exit %d\n%s%s", step.Name, code, out, log)
		}
	}
	wantAccount(t, m, google)
	held := m.must("grep -rl "+request+" /runner /root /tmp || true", "")
	if held != "" {
		t.Errorf("the job's token is on the disk: %s", held)
	}
}

// TestGitLab runs the template's before_script as a runner does: one shell for all.
func TestGitLab(t *testing.T) {
	m, google := job(t)
	var file map[string]struct {
		IDTokens     map[string]struct{ Aud string } `yaml:"id_tokens"`
		Variables    map[string]string
		BeforeScript []string `yaml:"before_script"`
		AfterScript  []string `yaml:"after_script"`
	}
	decode(t, "ci/gitlab.yml", &file)
	template := file[".credential-iam"]
	variables := template.Variables
	variables["CI_JOB_ID"] = "4711"
	for name, value := range variables { // as the runner does
		variables[name] = os.Expand(value, func(v string) string { return variables[v] })
	}
	variables["CREDENTIAL_IAM_SERVICE_ACCOUNT"], variables["CREDENTIAL_IAM_PROVIDER"] = testenv.Deployer, provider()
	variables["CREDENTIAL_IAM_RELEASE"], variables["CREDENTIAL_IAM_SUM"] = "/release", sum(t, m)
	variables["CREDENTIAL_IAM_DOCKER"], variables["CREDENTIAL_IAM_TOKEN_URL"] = "europe-docker.pkg.dev", google.URL+"/v1/token"
	variables["CREDENTIAL_IAM_SET"] = "endpoint=" + google.Endpoint()
	for name, token := range template.IDTokens {
		if aud := os.Expand(token.Aud, func(v string) string { return variables[v] }); aud != "https:"+iamtest.WorkloadAudience {
			t.Errorf("the job's token is for %q", aud)
		}
		variables[name] = google.SubjectToken(subject)
	}
	for name, value := range variables {
		m.env = append(m.env, name+"="+value)
	}
	// The job's own script is run by the same shell, with the options that it left.
	script := append(template.BeforeScript, `echo "options:$UNKNOWN" *`)
	out, log, code := m.run(strings.Join(script, "\n"), "")
	if code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out, log)
	}
	if !strings.Contains(out, "options:") || strings.Contains(out, "options: *") {
		t.Errorf("the job's script finds other options than the shell's own:\n%s", out)
	}
	wantAccount(t, m, google)
	// Who can guess the folder's name makes it first; nothing that is in it is used.
	if _, log, code := m.run(strings.Join(script, "\n"), ""); code == 0 || !strings.Contains(log, "credential-iam-4711") {
		t.Errorf("a folder that is there: exit %d\n%s", code, log)
	}
	m.must(strings.Join(template.AfterScript, "\n"), "")
	if left := m.must("ls /dev/shm", ""); strings.Contains(left, "4711") {
		t.Errorf("the job left %q", left)
	}
}
