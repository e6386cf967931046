//go:build unix

package clients

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/terminal"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// gcloudUser is the machine of a person who pushes with gcloud's helpers, as a service
// account that gcloud impersonates.
func gcloudUser(t *testing.T) (*world, *iamtest.Registry) {
	t.Helper()
	w := newWorld(t)
	net := envtest.NewInternet(t)
	r := iamtest.NewRegistry(w.iam, iamtest.RegistryOptions{TLS: true})
	r.AllowWriter(deployer)
	envtest.Check(t, r.Start())
	net.Lead(google, r.URL)
	w.Env["HTTPS_PROXY"] = net.URL
	delete(w.plugins["iam"], "serviceAccount")
	w.helpers[google], w.helpers["gcr.io"] = "gcloud", "gcloud"
	w.configure()
	w.Write(t, ".config/gcloud/configurations/config_default", []byte("[core]\naccount = "+person+"\nproject = demo-project\n[auth]\nimpersonate_service_account = "+deployer+"\n"))
	w.git(t, w.Dir, "config", "--global", "credential.https://source.developers.google.com.helper", "gcloud.sh")
	return w, r
}

// configureAt runs configure at a terminal. To each question the answers say what is
// typed, and Enter alone where they end.
func (w *world) configureAt(t *testing.T, answers ...string) (screen string, code, enters int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	s, err := terminal.Start(w.Command(ctx, w.Dir, nil, "credential-iam", "configure"))
	envtest.Check(t, err)
	for s.Await("]: ") != "" {
		answer := ""
		if enters < len(answers) {
			answer = answers[enters]
		}
		enters++
		envtest.Check(t, s.Type(answer+"\r"))
	}
	screen, code, err = s.Wait()
	envtest.Check(t, err)
	return screen, code, enters
}

// From gcloud's helpers to a pushed image: one command, Enter alone, and the push.
func TestMigrate(t *testing.T) {
	parts.Program(t, "skopeo")
	parts.Program(t, "git")
	w, r := gcloudUser(t)
	screen, code, enters := w.configureAt(t)
	if code != 0 || enters > 5 {
		t.Fatalf("exit %d after %d times Enter\n%s", code, enters, screen)
	}
	for _, part := range []string{
		"gcloud's account is " + person, "  " + google + " (now: gcloud)\n", "  https://source.developers.google.com (now: gcloud.sh)\n",
		"\nok       token " + google + ": ", "\nnext: docker push " + google + "/PROJECT/REPOSITORY/IMAGE\n",
	} {
		if !strings.Contains(screen, part) {
			t.Errorf("the screen does not show %q", part)
		}
	}
	for line := range strings.Lines(screen) {
		if question := strings.Contains(line, "]: "); len(line) > terminal.Columns+1 && (question || strings.HasPrefix(line, "  ")) {
			t.Errorf("it does not fit the screen: %s", line)
		}
	}
	if t.Failed() {
		t.Log(screen)
	}
	w.must(t, "skopeo", "copy", "--insecure-policy", "docker-archive:"+w.tar(t), "docker://"+google+"/demo-project/images/migrated:v1")
	wantPushedBy(t, r, "demo-project/images/migrated", deployer)
	if out := w.git(t, w.Dir, "config", "--get-urlmatch", "credential.helper", "https://source.developers.google.com/p"); !strings.Contains(out, "git-credential-iam") {
		t.Errorf("git's helper is %s", out)
	}

	// And back, as it was.
	w.must(t, "credential-iam", "unconfigure")
	raw, err := os.ReadFile(w.DockerConfig())
	envtest.Check(t, err)
	if !strings.Contains(string(raw), `"gcr.io": "gcloud"`) {
		t.Errorf("gcloud's helper did not come back: %s", raw)
	}
}

// A no is for one entry alone, and one at the end is for all.
func TestMigrateSome(t *testing.T) {
	parts.Program(t, "git")
	w, _ := gcloudUser(t)
	before, err := os.ReadFile(w.DockerConfig())
	envtest.Check(t, err)
	// The account, not all registries, europe-docker.pkg.dev, not gcr.io, git, not written.
	screen, code, _ := w.configureAt(t, "", "n", "y", "n", "", "n")
	after, err := os.ReadFile(w.DockerConfig())
	envtest.Check(t, err)
	if code != 0 || string(after) != string(before) || !strings.Contains(screen, "nothing was changed") {
		t.Errorf("exit %d\n%s", code, screen)
	}
	screen, code, _ = w.configureAt(t, "", "n", "y", "n", "")
	after, err = os.ReadFile(w.DockerConfig())
	envtest.Check(t, err)
	if code != 0 || !strings.Contains(string(after), `"`+google+`": "iam"`) || !strings.Contains(string(after), `"gcr.io": "gcloud"`) {
		t.Errorf("exit %d, %s\n%s", code, after, screen)
	}
}

// Who wants nothing gets out, with nothing changed and no failure: by q, by Ctrl-D, by
// Enter where there is nothing to propose, and by declining all that is.
func TestMigrateNothing(t *testing.T) {
	parts.Program(t, "git")
	w, _ := gcloudUser(t)
	empty := newWorld(t)
	for _, c := range []struct {
		name    string
		w       *world
		answers []string
		enters  int
	}{
		{"q at once", w, []string{"q"}, 1},
		{"q later", w, []string{"", "n", "quit"}, 3},
		{"Ctrl-D", w, []string{"", "\x04"}, 2},
		{"all declined", w, []string{"", "n", "n", "n", "n"}, 5},
		{"nothing to propose", empty, []string{""}, 1},
		{"nothing to propose, Ctrl-D", empty, []string{"\x04"}, 1},
		{"no host and no default", empty, []string{deployer, "-", "-", "n"}, 4},
	} {
		envtest.Check(t, os.RemoveAll(empty.Path(".docker")))
		before, _ := os.ReadFile(c.w.DockerConfig())
		screen, code, enters := c.w.configureAt(t, c.answers...)
		after, _ := os.ReadFile(c.w.DockerConfig())
		if code != 0 || enters != c.enters || string(after) != string(before) || strings.Count(screen, "nothing was changed") != 1 {
			t.Errorf("%s: exit %d after %d questions\n%s", c.name, code, enters, screen)
		}
	}
}
