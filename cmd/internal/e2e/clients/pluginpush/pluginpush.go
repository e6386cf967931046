// Package pluginpush pushes an image with a real Docker through an issuer
// plugin, for the plugins' own tests.
//
// A person runs "credential-iam configure" and then docker. From there on all is
// real and as on the person's machine: docker reads its configuration file and
// asks docker-credential-iam, that asks the core, and the core starts the plugin,
// which goes to the stand-ins that its package's test has set up. Nothing is
// handed from one to the other but what the programs themselves hand on.
//
// For what no docker is needed for it has an [Account] to ask the plugin with,
// and checks of its answers.
//
// It promises nothing to programs that are not tests, and knows no plugin.
package pluginpush

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/engine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// Person may impersonate the account of every scene.
const Person = testenv.Person

// Scene is what a plugin's test brings along.
type Scene struct {
	// Google must serve TLS.
	Google *iamtest.Server
	// Account is the service account to act as.
	Account string
	// Plugin is the plugin's name, Program its built program.
	Plugin, Program string
	// Options are the plugin's, without "issuer.".
	Options map[string]string
	// Environ has the NAME=VALUE entries that lead the plugin to its stand-ins.
	Environ []string
	// Registry is the loopback host to push to.
	Registry string
	// Calls counts what the stand-ins of the other cloud were asked so far.
	Calls func() int
	// Secrets are parts of secrets that no client may print and no file have.
	Secrets []string
}

// Run configures the plugin for the registry, pushes and pulls an image, and
// does both again without the plugin, out of the cache. It ends the test as
// [parts.Missing] does where there is no Docker engine. The repository is "team/app", the tag "v1".
func (s Scene) Run(t *testing.T) {
	t.Helper()
	engine.Need(t)
	m := s.newMachine(t)
	m.configure()
	e, err := engine.Start(t.Context())
	if err != nil {
		parts.Missing(t, "no Docker engine can be run here: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Stop(); err != nil {
			t.Errorf("engine: %v", err)
		}
	})
	m.Env["DOCKER_HOST"] = e.Host()
	if n := s.calls(); n != 0 {
		t.Fatalf("%d calls before the first push, want none", n)
	}

	image := s.Registry + "/team/app:v1"
	m.build(image)
	m.must("docker", "push", image)
	if n := s.Google.Calls("generateIdToken"); n != 1 {
		t.Errorf("generateIdToken calls = %d, want 1", n)
	}
	pushed := s.calls()
	if pushed == 0 {
		t.Error("nobody was called")
	}

	// Without its program a plugin cannot be started.
	if err := os.Remove(m.plugin); err != nil {
		t.Fatal(err)
	}
	m.must("docker", "image", "rm", image)
	m.must("docker", "pull", image)
	m.build(image)
	m.must("docker", "push", image)
	if n := s.calls(); n != pushed {
		t.Errorf("pull and push out of the cache made %d calls, want none", n-pushed)
	}

	// Once the cache has forgotten it, the plugin is missed.
	m.must("docker", "logout", s.Registry)
	out, err := m.Try(m.Dir, nil, "sh", "-c", `printf %s "$1" | docker-credential-iam get`, "sh", s.Registry)
	if want := " && install -m 0755 " + filepath.Base(m.plugin); err == nil || !strings.Contains(out, want) {
		t.Errorf("after docker logout the helper says %q, %v, want %q", out, err, want)
	}
}

func (s Scene) calls() int { return s.Google.Calls() + s.Calls() }

// install puts the real programs and the plugin into one folder.
func (s Scene) install(t *testing.T) string {
	t.Helper()
	dir, err := programs.Build()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, err := os.ReadFile(s.Program)
	if err != nil {
		t.Fatal(err)
	}
	if err := testenv.WriteProgram(filepath.Join(dir, filepath.Base(s.Program)), program); err != nil {
		t.Fatal(err)
	}
	return dir
}
