package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

func (w *world) dockerFile() string {
	w.t.Helper()
	b, err := os.ReadFile(filepath.Join(w.Dir, ".docker", "config.json"))
	if err != nil && !os.IsNotExist(err) {
		w.t.Fatal(err)
	}
	return string(b)
}

func TestConfigure(t *testing.T) {
	w := newWorld(t)
	before := "{\n  \"auths\": {}\n}\n"
	w.Write(t, ".docker/config.json", []byte(before))
	args := []string{"configure", "--no-check", "--service-account", deployer, "--docker", "https://gcr.io/"}

	r := w.run("", append(args, "--dry-run")...)
	if r.code != 0 || !strings.Contains(r.stdout, "\n+    \"gcr.io\": \"iam\"\n") || w.dockerFile() != before {
		t.Errorf("dry run: exit %d, %s, file %s", r.code, r.stdout, w.dockerFile())
	}
	r = w.run("", append(args, "--json")...)
	answer := decodeJSON[configureAnswer](t, r.stdout)
	if r.code != 0 || !answer.Changed || len(answer.Changes) != 2 || len(answer.Notes) == 0 || answer.Diff != "" {
		t.Errorf("exit %d, %+v", r.code, answer)
	}
	after := w.dockerFile()
	r = w.run("", append(args, "--json")...)
	answer = decodeJSON[configureAnswer](t, r.stdout)
	if r.code != 0 || answer.Changed || len(answer.Changes) != 0 || w.dockerFile() != after {
		t.Errorf("second run: exit %d, %+v", r.code, answer)
	}
	if r = w.run("", args...); r.code != 0 || !strings.Contains(r.stderr, "--docker https://gcr.io/: ") {
		t.Errorf("advice on a URL that docker does not ask for: %q", r.stderr)
	}
	r = w.run("", "unconfigure")
	if r.code != 0 || !strings.Contains(r.stdout, `removed credHelpers["gcr.io"]`) || w.dockerFile() != before {
		t.Errorf("unconfigure: exit %d, %s, file %s", r.code, r.stdout, w.dockerFile())
	}
	if answer := decodeJSON[configureAnswer](t, w.must("", "unconfigure", "--json")); answer.Changed || len(answer.Changes) != 0 {
		t.Errorf("second unconfigure: %+v", answer)
	}
	w.must("", "unconfigure") // says so in one line
}

func TestConfigureMistakes(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{
		{"configure"}, {"configure", "--json"}, {"configure", "--token", "ID"}, {"configure", "--service-account", ""},
		{"configure", "--service-account", "x", "--docker", "gcr.io"}, {"configure", "--docker", "r.example.com"},
		{"configure", "--issuer", "ecr", "--option", "roleArn", "--docker", "r.example.com"},
		{"configure", "--git", "ssh://git.example.com", "--token", "id"}, {"configure", "gcr.io"}, {"configure", "--lifetime", "1d"},
		{"unconfigure", "ssh://x"},
	} {
		w.fail(exitUsage, "", args...)
	}
	if got := w.dockerFile(); got != "" {
		t.Errorf("something was written: %s", got)
	}
	w.Write(t, ".docker/config.json", []byte(`{"credHelpers":{"gcr.io":"gcloud"}}`))
	line := w.fail(exitFailed, "", "configure", "--service-account", deployer, "--docker", "gcr.io")
	if !strings.Contains(line, `"gcloud"`) || !strings.Contains(line, "credential-iam configure --service-account "+deployer+" --docker gcr.io --force") {
		t.Errorf("conflict: %q", line)
	}
}

// Every key of a section can be set, and nothing else.
func TestConfigureSet(t *testing.T) {
	values := map[string]string{
		"serviceAccount": "projects/-/serviceAccounts/" + deployer, "delegates": "first@proj.iam.gserviceaccount.com", "token": "id", "scopes": "openid", "audience": "a b",
		"includeEmail": "false", "lifetime": "30m", "source": "metadata", "issuer": "google", "username": "robot",
		"endpoint": "https://iam.example.com/", "universeDomain": "googleapis.com", "quotaProject": "proj", "requestReason": "a reason",
		"keystore": "none", "fallback": "pass",
	}
	w := newWorld(t)
	for _, key := range config.KeyNames() {
		w.Write(t, ".docker/config.json", []byte("{}"))
		w.must("", "configure", "--no-check", "--set", key+"="+values[key])
		if want := strings.TrimPrefix(values[key], "projects/-/serviceAccounts/"); !strings.Contains(w.dockerFile(), `"`+key+`":"`+want+`"`) {
			t.Errorf("%s: %s", key, w.dockerFile())
		}
	}
	w.Write(t, ".docker/config.json", []byte("{}"))
	w.run("", "configure", "--no-check", "--set", "delegates=", "--set", "issuer.x=y=z", "--service-account", deployer)
	if got := w.dockerFile(); !strings.Contains(got, `"delegates":""`) || !strings.Contains(got, `"issuer.x":"y=z"`) {
		t.Errorf("got %s", got)
	}
	for _, wrong := range []string{"", "keystore", "=x", "keystoer=none", "keystore=", "keystore=disk", "issuer.=x"} {
		w.fail(exitUsage, "", "configure", "--set", wrong)
	}
	line := w.fail(exitFailed, "", "configure", "--issuer", "nosuch", "--docker", "gcr.io")
	if !strings.Contains(line, "nosuch") || !strings.Contains(line, "nothing was changed") {
		t.Errorf("a plugin that is not there: %q", line)
	}
}

func TestDoctor(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}}, "gcr.io")
	r := w.run("", "doctor", "--host", "gcr.io", "--json")
	answer := decodeJSON[doctorAnswer](t, r.stdout)
	results := map[string]string{}
	for _, c := range answer.Checks {
		results[c.Name] = string(c.Result)
	}
	for _, name := range []string{"configuration", "source", "api", "clock", "impersonate " + deployer, "token gcr.io"} {
		if results[name] != "ok" {
			t.Errorf("%s is %q", name, results[name])
		}
	}
	if runtime.GOOS == "linux" && results["keystore"] != "ok" {
		t.Errorf("keystore is %q", results["keystore"])
	}
	w.noSecret(r.stdout + r.stderr)

	w.server.Revoke(person, "roles/iam.serviceAccountTokenCreator", deployer)
	r = w.run("", "doctor")
	if r.code != exitFailed || r.stderr != "" || !strings.Contains(r.stdout, "error    impersonate "+deployer) || !strings.Contains(r.stdout, "         run: gcloud iam service-accounts add-iam-policy-binding") {
		t.Errorf("exit %d, stderr %q\n%s", r.code, r.stderr, r.stdout)
	}
	w.noSecret(r.stdout)
}

// TestBundleNowhere: a bundle in a folder that is not there is refused before anything is
// checked.
func TestBundleNowhere(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}}, "gcr.io")
	missing := w.Path("missing")
	if said := w.fail(exitFailed, "", "doctor", "--bundle", filepath.Join(missing, "report.txt")); !strings.HasSuffix(said, "; run: "+helper.FolderCommand(missing)+"\n") {
		t.Errorf("%s", said)
	}
	w.calls(0)
	if _, err := os.Stat(missing); err == nil {
		t.Error("the folder was made")
	}
}
