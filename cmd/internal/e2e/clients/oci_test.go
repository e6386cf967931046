package clients

import (
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// tar writes an image to a file, as docker save does, and returns its path.
func (w *world) tar(t *testing.T) string {
	t.Helper()
	image, err := random.Image(100_000, 2)
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag("example.com/image:v1")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.Temp, "image.tar")
	if err := tarball.WriteToFile(path, tag, image); err != nil {
		t.Fatal(err)
	}
	return path
}

// seed pushes an image with the client library and docker's configuration, in
// this very process, and returns its name. It needs no client program.
func (w *world) seed(t *testing.T, r *iamtest.Registry, repository string) string {
	t.Helper()
	for key, value := range w.Env {
		t.Setenv(key, value)
	}
	t.Setenv("DOCKER_CONFIG", filepath.Join(w.Dir, ".docker")) // the library looks for HOME once per process
	ref, err := name.ParseReference(r.Host + "/" + repository)
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(10_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image, remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	return ref.String()
}

// authFile writes the file of podman and skopeo, which people often have beside
// docker's.
func (w *world) authFile(t *testing.T) {
	t.Helper()
	b, err := json.Marshal(map[string]any{"credHelpers": w.helpers})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(w.Run, "containers")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "auth.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// go-containerregistry, which crane, ko, kaniko and cosign are made of, with its
// keychain.
func TestRegistryLibrary(t *testing.T) {
	w := newWorld(t)
	r := w.newRegistry(nil)
	image := w.seed(t, r, "demo-project/images/library:v1")
	wantPushedBy(t, r, "demo-project/images/library", deployer)
	ref, err := name.ParseReference(image)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Get(ref, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
		t.Error(err)
	}
	w.wantMints(t, 1)
}

func TestSkopeo(t *testing.T) {
	parts.Program(t, "skopeo")
	w := newWorld(t)
	r := w.newRegistry(nil)
	image := w.seed(t, r, "demo-project/images/seed:v1")
	w.must(t, "skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false",
		"docker://"+image, "docker://"+r.Host+"/demo-project/images/copied:v1")
	wantPushedBy(t, r, "demo-project/images/copied", deployer)
	w.must(t, "skopeo", "inspect", "--tls-verify=false", "docker://"+r.Host+"/demo-project/images/copied:v1")
	w.wantMints(t, 1)

	w.authFile(t)
	w.must(t, "skopeo", "login", "--tls-verify=false", r.Host)
	w.wantMints(t, 1)
	w.must(t, "skopeo", "logout", r.Host) // 1.9.3 crashes when erase fails
	w.must(t, "skopeo", "logout", r.Host)
	w.must(t, "skopeo", "login", "--tls-verify=false", r.Host)
	w.wantMints(t, 2)
}

func TestCrane(t *testing.T) {
	parts.Program(t, "crane")
	w := newWorld(t)
	r := w.newRegistry(nil)
	image := r.Host + "/demo-project/images/crane:v1"
	w.must(t, "crane", "push", w.tar(t), image)
	wantPushedBy(t, r, "demo-project/images/crane", deployer)
	w.must(t, "crane", "manifest", image)
	w.must(t, "crane", "pull", image, filepath.Join(w.Temp, "pulled.tar"))
	w.must(t, "crane", "auth", "logout", r.Host)
	w.must(t, "crane", "digest", image)
	w.wantMints(t, 2)
}

// As credsStore the helper is asked for the repository before the host.
func TestCraneCredsStore(t *testing.T) {
	parts.Program(t, "crane")
	w := newWorld(t)
	r := w.newRegistry(nil)
	w.helpers, w.extra = map[string]string{}, map[string]any{"credsStore": "iam"}
	w.configure()
	w.must(t, "crane", "push", w.tar(t), r.Host+"/demo-project/images/crane:v1")
	wantPushedBy(t, r, "demo-project/images/crane", deployer)
	w.wantMints(t, 1)
}

func TestOras(t *testing.T) {
	parts.Program(t, "oras")
	w := newWorld(t)
	r := w.newRegistry(nil)
	w.Write(t, "artifact.txt", []byte("artifact\n"))
	image := r.Host + "/demo-project/images/oras:v1"
	w.must(t, "oras", "push", "--plain-http", image, "artifact.txt:text/plain")
	wantPushedBy(t, r, "demo-project/images/oras", deployer)
	w.must(t, "oras", "pull", "--plain-http", "--output", w.Temp, image)
	w.must(t, "oras", "logout", r.Host)
	w.must(t, "oras", "repo", "tags", "--plain-http", r.Host+"/demo-project/images/oras")
	w.wantMints(t, 2)
}

// storage keeps images of podman and buildah below the world's folder.
func (w *world) storage() []string {
	run := w.Run
	return []string{"--root", filepath.Join(w.Temp, "storage"), "--runroot", filepath.Join(run, "storage"), "--storage-driver", "vfs"}
}

func TestPodman(t *testing.T) {
	parts.Program(t, "podman")
	parts.Root(t)
	w := newWorld(t)
	podman := func(args ...string) []string {
		return append(append(w.storage(), "--tmpdir", filepath.Join(w.Run, "libpod"), "--cgroup-manager", "cgroupfs"), args...)
	}
	if out, err := w.try("podman", podman("info")...); err != nil {
		parts.Missing(t, "podman does not work here: %s", out)
	}
	r := w.newRegistry(nil)
	image := w.seed(t, r, "demo-project/images/seed:v1")
	w.must(t, "podman", podman("pull", "--tls-verify=false", image)...)
	w.must(t, "podman", podman("push", "--tls-verify=false", image, r.Host+"/demo-project/images/podman:v1")...)
	wantPushedBy(t, r, "demo-project/images/podman", deployer)
	w.authFile(t)
	w.must(t, "podman", podman("login", "--tls-verify=false", r.Host)...)
	w.wantMints(t, 1)
	w.must(t, "podman", podman("logout", r.Host)...)
	w.must(t, "podman", podman("pull", "--tls-verify=false", image)...)
	w.wantMints(t, 2)
}

func TestBuildah(t *testing.T) {
	parts.Program(t, "buildah")
	parts.Root(t)
	w := newWorld(t)
	buildah := func(args ...string) []string { return append(w.storage(), args...) }
	if out, err := w.try("buildah", buildah("info")...); err != nil {
		parts.Missing(t, "buildah does not work here: %s", out)
	}
	r := w.newRegistry(nil)
	image := r.Host + "/demo-project/images/buildah:v1"
	container := strings.TrimSpace(w.must(t, "buildah", buildah("from", "scratch")...))
	w.must(t, "buildah", buildah("commit", container, image)...)
	w.must(t, "buildah", buildah("push", "--tls-verify=false", image)...)
	wantPushedBy(t, r, "demo-project/images/buildah", deployer)
	w.must(t, "buildah", buildah("from", "--tls-verify=false", "--pull-always", image)...)
	w.wantMints(t, 1)
}
