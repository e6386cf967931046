package clients

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// classic makes docker build without BuildKit.
var classic = []string{"DOCKER_BUILDKIT=0"}

// dockerfile writes a folder to build an image in, and returns it.
func (w *world) dockerfile(t *testing.T, text string) string {
	t.Helper()
	dir := w.Folder(t, "build-")
	for name, content := range map[string]string{"Dockerfile": text, "hello": dir + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// buildImage makes an image of one file with the engine.
func (w *world) buildImage(t *testing.T, client, tag string) {
	t.Helper()
	dir := w.dockerfile(t, "FROM scratch\nCOPY hello /hello\nCMD [\"/hello\"]\n")
	w.Must(t, dir, classic, client, "build", "--quiet", "--tag", tag, ".")
	t.Cleanup(func() { _, _ = w.try(client, "image", "rm", "--force", tag) })
}

// Docker's own life: build, login, push, pull, logout, by every docker command
// that this machine has.
func TestDocker(t *testing.T) {
	w := newWorld(t)
	for _, client := range w.dockerClients(t) {
		t.Run(w.dockerVersion(t, client), func(t *testing.T) { dockerLife(t, client) })
	}
}

func dockerLife(t *testing.T, client string) {
	w := newWorld(t)
	w.docker(t)
	r := w.newRegistry(nil)
	image := r.Host + "/demo-project/images/app:v1"
	before, err := os.ReadFile(filepath.Join(w.Dir, ".docker", "config.json"))
	if err != nil {
		t.Fatal(err)
	}

	w.buildImage(t, client, image)
	w.must(t, client, "push", image)
	wantPushedBy(t, r, "demo-project/images/app", deployer)
	w.must(t, client, "image", "rm", image)
	w.must(t, client, "pull", image)
	w.wantMints(t, 1)

	if out := w.must(t, client, "login", r.Host); !strings.Contains(out, "Login Succeeded") {
		t.Errorf("docker login says %q", out)
	}
	w.wantMints(t, 1)
	if out := w.must(t, client, "logout", r.Host); strings.Contains(out, "WARNING") {
		t.Errorf("docker logout says %q", out)
	}
	w.must(t, client, "login", r.Host)
	w.wantMints(t, 2) // logout had it forgotten
	w.must(t, client, "push", image)
	w.wantMints(t, 2)

	// Docker has rewritten its file, and our sections are still in it.
	after, err := os.ReadFile(filepath.Join(w.Dir, ".docker", "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{deployer, "iam@" + r.Host} {
		if !bytes.Contains(before, []byte(text)) || !bytes.Contains(after, []byte(text)) {
			t.Errorf("docker's file lost %q:\n%s", text, after)
		}
	}
}

// A private base image, with the classic builder, with BuildKit in the engine,
// and with buildx.
func TestDockerBuildPrivateBase(t *testing.T) {
	w := newWorld(t)
	clients := w.dockerClients(t)
	r := w.newRegistry(nil)
	base := r.Host + "/demo-project/images/base:v1"
	w.buildImage(t, clients[0], base)
	w.must(t, clients[0], "push", base)
	text := "FROM " + base + "\nCOPY hello /again\n"
	build := func(t *testing.T, env []string, client string, args ...string) {
		_, _ = w.try(client, "image", "rm", "--force", base)
		asked := len(r.Requests())
		w.Must(t, w.dockerfile(t, text), env, client, append(args, "--pull", "--no-cache", ".")...)
		for _, q := range r.Requests()[asked:] {
			if q.Principal == deployer {
				return
			}
		}
		t.Error("the base image was not pulled as " + deployer)
	}
	for _, client := range clients {
		version := w.dockerVersion(t, client)
		t.Run("classic "+version, func(t *testing.T) { build(t, classic, client, "build") })
		t.Run("buildkit "+version, func(t *testing.T) {
			if !strings.HasPrefix(version, "20.") { // since 23.0 through buildx only
				w.plugin(t, "buildx")
			}
			env := []string{"DOCKER_BUILDKIT=1"}
			build(t, env, client, "build")
		})
	}
	t.Run("buildx", func(t *testing.T) {
		w.plugin(t, "buildx")
		out := r.Host + "/demo-project/images/built:v1"
		build(t, nil, clients[0], "buildx", "build", "--push", "--tag", out)
		wantPushedBy(t, r, "demo-project/images/built", deployer)
	})
	w.wantMints(t, 1)
}

// Compose asks for every service's image at the same time.
func TestDockerCompose(t *testing.T) {
	w := newWorld(t)
	client := w.dockerClients(t)[0]
	w.plugin(t, "compose")
	r := w.newRegistry(nil)
	text := "services:\n"
	for _, service := range []string{"a", "b", "c", "d"} {
		image := w.seed(t, r, "demo-project/images/"+service+":v1")
		t.Cleanup(func() { _, _ = w.try(client, "image", "rm", "--force", image) })
		text += "  " + service + ":\n    image: " + image + "\n"
	}
	w.ask("erase", r.Host)
	before := w.mints()
	w.Write(t, "compose.yaml", []byte(text))
	w.must(t, client, "compose", "pull", "--quiet")
	if n := w.mints() - before; n != 1 {
		t.Errorf("four services without a cached token made %d calls, want 1", n)
	}
}

// plugin makes a program on the PATH a plugin of the person's docker.
func (w *world) plugin(t *testing.T, name string) {
	t.Helper()
	path := parts.Program(t, name)
	dir := filepath.Join(w.Dir, ".docker", "cli-plugins")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(dir, "docker-"+name)); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
}

// Ten hosts of one identity: the classic builder asks for a credential of every
// configured host, and all of them together cost one call.
func TestDockerTenHosts(t *testing.T) {
	w := newWorld(t)
	client := w.dockerClients(t)[0]
	for range 10 {
		w.newRegistry(nil)
	}
	w.buildImage(t, client, "ten-hosts:v1")
	w.wantMints(t, 1)
	if n := len(w.helpers); n != 10 {
		t.Errorf("%d hosts are configured, want 10", n)
	}
}

// A denied impersonation: docker quotes one line that says who may not do what
// as whom, and the command that fixes it.
func TestDockerDenied(t *testing.T) {
	w := newWorld(t)
	clients := w.dockerClients(t)
	r := w.newRegistry(nil)
	w.iam.Revoke(person, iamtest.RoleTokenCreator, deployer)
	for _, client := range clients {
		t.Run(w.dockerVersion(t, client), func(t *testing.T) {
			// Not pull: until 28.5 docker drops the reason there and goes on
			// anonymously. Create tells it since 23.0, and BuildKit always did.
			image := r.Host + "/demo-project/images/app:v1"
			out, err := w.try(client, "create", image)
			if strings.HasPrefix(w.dockerVersion(t, client), "20.") {
				out, err = w.Try(w.dockerfile(t, "FROM "+image+"\n"), []string{"DOCKER_BUILDKIT=1"}, client, "build", ".")
			}
			if err == nil {
				t.Fatalf("docker was let through:\n%s", out)
			}
			line := regexp.MustCompile("out: `([^`]*)`").FindStringSubmatch(out)
			if line == nil {
				t.Fatalf("docker quotes no reason:\n%s", out)
			}
			said := strings.TrimSpace(line[1])
			for _, want := range []string{deployer, "gcloud iam service-accounts add-iam-policy-binding", "roles/iam.serviceAccountTokenCreator"} {
				if !strings.Contains(said, want) {
					t.Errorf("the reason lacks %q: %s", want, said)
				}
			}
			if strings.Contains(said, "\n") {
				t.Errorf("the reason has several lines: %s", said)
			}
		})
	}
}

// A registry that is not ours is pulled from anonymously and costs no call, also
// where the helper is asked for every host.
func TestDockerForeignHost(t *testing.T) {
	w := newWorld(t)
	clients := w.dockerClients(t)
	public := httptest.NewServer(registry.New(registry.Logger(silent())))
	t.Cleanup(public.Close)
	host := strings.TrimPrefix(public.URL, "http://")
	ref, err := name.ParseReference(host + "/library/public:v1")
	if err != nil {
		t.Fatal(err)
	}
	image, err := random.Image(1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, image); err != nil {
		t.Fatal(err)
	}
	for _, how := range []map[string]any{
		{"credsStore": "iam"},
		{"credHelpers": map[string]string{host: "iam"}},
	} {
		w.extra = how
		w.configure()
		for _, client := range clients {
			w.must(t, client, "pull", ref.String())
			w.must(t, client, "image", "rm", ref.String())
		}
	}
	if out, ok := w.ask("get", host); ok || strings.TrimSpace(out) != "credentials not found in native keychain" {
		t.Errorf("get of a foreign host = %q, %v", out, ok)
	}
	if n := w.iam.Calls(); n != 0 {
		t.Errorf("%d calls for a foreign host, want none", n)
	}
}
