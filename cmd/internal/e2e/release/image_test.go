//go:build linux

package release

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// TestImage: the image's only layer is a machine on which the programs run, with the
// roots of certificates and a configuration that keeps tokens in memory.
func TestImage(t *testing.T) {
	file := one(t, ".tar")
	dir := t.TempDir()
	output(t, dir, "tar", "-xf", file)
	var manifest []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(dir, "manifest.json"))), &manifest))
	if len(manifest) != 1 || len(manifest[0].Layers) != 1 {
		t.Fatalf("manifest %+v", manifest)
	}
	// As COPY --from would, onto a machine that has a shell.
	m := newEmpty(t)
	output(t, m.root, "tar", "-xzf", filepath.Join(dir, manifest[0].Layers[0]))
	google := signIn(t, m)
	if pem := read(t, filepath.Join(m.root, "etc/ssl/certs/ca-certificates.crt")); strings.Count(pem, "BEGIN CERTIFICATE") < 100 {
		t.Errorf("%d certificates", strings.Count(pem, "BEGIN CERTIFICATE"))
	}
	m.must("mkdir -p /root/.docker && cat > /root/.docker/config.json", `{"plugins":{"iam":{"serviceAccount":"`+testenv.Deployer+`","endpoint":"`+google.Endpoint()+`"}}}`)
	var answer struct{ Secret string }
	check(t, json.Unmarshal([]byte(m.must("docker-credential-iam get", "europe-docker.pkg.dev")), &answer))
	if email, _, ok := google.Inspect(answer.Secret); !ok || email != testenv.Deployer {
		t.Errorf("answered as %q", email)
	}
	if out := m.must("credential-iam status --json", ""); !strings.Contains(out, `"tmpfs"`) {
		t.Errorf("the keystore of the image: %s", out)
	}
}

// TestImageRuns: an engine loads it, and a runtime runs it with nothing else in the
// root. podman's own run sets limits that a container cannot raise, so runc runs it.
func TestImageRuns(t *testing.T) {
	podman, runc := parts.Program(t, "podman"), parts.Program(t, "runc")
	file := one(t, ".tar")
	dir := t.TempDir()
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "TMPDIR="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	store := []string{"--root", dir + "/root", "--runroot", dir + "/run", "--storage-driver", "vfs", "--events-backend", "file"}
	engine := func(args ...string) string { t.Helper(); return run(podman, append(slices.Clone(store), args...)...) }
	engine("load", "-qi", file)
	entry := strings.TrimSpace(engine("image", "inspect", "--format", "{{index .Config.Entrypoint 0}}", "localhost/credential-iam:latest"))
	mount := strings.TrimSpace(engine("image", "mount", "localhost/credential-iam:latest"))
	defer engine("image", "unmount", "localhost/credential-iam:latest")

	run(runc, "spec")
	var spec map[string]any
	check(t, json.Unmarshal([]byte(read(t, filepath.Join(dir, "config.json"))), &spec))
	process := spec["process"].(map[string]any)
	delete(process, "rlimits")
	process["terminal"], process["args"] = false, []string{entry, "version"}
	spec["root"] = map[string]any{"path": mount, "readonly": true}
	b, err := json.Marshal(spec)
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "config.json"), b, 0o600))
	if out := run(runc, "--root", filepath.Join(dir, "state"), "run", "ciam-"+filepath.Base(dir)); !strings.Contains(out, "git-credential-iam v"+version(t)) {
		t.Errorf("it says %q", out)
	}
}
