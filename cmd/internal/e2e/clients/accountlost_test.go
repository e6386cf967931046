package clients

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// lost is a machine whose docker's file names the helper for one of Google's
// registries, and on which the account is about to be lost. The person could push
// there as well: if the person's own token were answered, nothing would fail.
type lost struct {
	*world
	google *iamtest.Registry
	// other is a registry for which anybody may log in with a password.
	other *iamtest.BasicRegistry
	image string
}

func newLost(t *testing.T) *lost {
	t.Helper()
	l := &lost{world: newWorld(t)}
	net := envtest.NewInternet(t)
	l.google = iamtest.NewRegistry(l.iam, iamtest.RegistryOptions{TLS: true})
	l.google.AllowWriter(deployer)
	l.google.AllowWriter(person)
	l.other = iamtest.NewBasicRegistry(l.iam, func(user, password string) bool { return user == "me" && password == "geheim" })
	envtest.Check(t, l.google.Start())
	envtest.Check(t, l.other.Start())
	net.Lead(google, l.google.URL)
	l.Env["HTTPS_PROXY"] = net.URL
	l.Env["CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS"] = l.iam.Endpoint()
	l.helpers[google] = "iam"
	l.configure()
	l.image = l.tar(t)
	l.Spills = true // what the other registry's login leaves
	return l
}

// move takes docker's file to another place and returns it.
func (l *lost) move(t *testing.T, name string) string {
	t.Helper()
	path := l.Path(name)
	raw, err := os.ReadFile(l.DockerConfig())
	envtest.Check(t, err)
	envtest.Check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	envtest.Check(t, os.WriteFile(path, raw, 0o600))
	envtest.Check(t, os.Remove(l.DockerConfig()))
	return path
}

// wantPushed runs a client that pushes as deployer.
func (l *lost) wantPushed(t *testing.T, name string, args ...string) {
	t.Helper()
	before := len(l.google.Pushes())
	l.must(t, name, args...)
	pushes := l.google.Pushes()
	if len(pushes) == before || pushes[len(pushes)-1].Principal != deployer {
		t.Fatalf("%s did not push as %s: %v", name, deployer, pushes[before:])
	}
}

// wantLost runs a client that gets no token: the error says which file was read
// and why that one, no token is made of anybody, and the registry sees none.
func (l *lost) wantLost(t *testing.T, says string, name string, args ...string) {
	t.Helper()
	calls, asked := len(l.iam.Log()), len(l.google.Requests())
	out, err := l.try(name, args...)
	if err == nil {
		t.Errorf("%s succeeded: %s", name, out)
	}
	out = strings.Join(strings.Fields(out), " ") // some clients fold lines
	for _, part := range []string{"none is configured", says, "credential-iam configure --service-account EMAIL --docker " + google} {
		if !strings.Contains(out, part) {
			t.Errorf("%s does not say %q: %s", name, part, out)
		}
	}
	if made := l.iam.Log()[calls:]; len(made) > 0 {
		t.Errorf("%s: a token was made: %v", name, made)
	}
	for _, q := range l.google.Requests()[asked:] {
		if q.Principal != "" {
			t.Errorf("%s: the registry was asked as %s", name, q.Principal)
		}
	}
}

// copied is a push by skopeo.
func (l *lost) copied(name string) []string {
	return []string{"copy", "--insecure-policy", "docker-archive:" + l.image, "docker://" + google + "/demo-project/images/" + name + ":v1"}
}

// TestAccountLostByLogin has other programs log in somewhere else: they write
// docker's file again and drop what they do not know, the account.
func TestAccountLostByLogin(t *testing.T) {
	parts.Program(t, "skopeo")
	for _, name := range []string{"skopeo", "podman", "buildah"} {
		t.Run(name, func(t *testing.T) {
			parts.Program(t, name)
			l := newLost(t)
			l.wantPushed(t, "skopeo", l.copied("before")...)
			var global []string
			if name != "skopeo" {
				global = l.storage()
			}
			l.must(t, name, append(global, "login", "--tls-verify=false", "--authfile", l.DockerConfig(), "--username", "me", "--password", "geheim", l.other.Host)...)
			raw, err := os.ReadFile(l.DockerConfig())
			envtest.Check(t, err)
			if strings.Contains(string(raw), deployer) || !strings.Contains(string(raw), google) {
				t.Fatalf("%s kept the account, or dropped the helper: this test has no subject", name)
			}
			l.wantLost(t, `(from HOME) names this helper and has no section "iam" below plugins`, "skopeo", l.copied("after")...)
		})
	}
}

// TestAccountElsewhere has the whole configuration in a file that the client is told
// to read. The helper is not told.
func TestAccountElsewhere(t *testing.T) {
	parts.Program(t, "skopeo")
	t.Run("REGISTRY_AUTH_FILE", func(t *testing.T) {
		l := newLost(t)
		l.Env["REGISTRY_AUTH_FILE"] = l.DockerConfig()
		l.wantPushed(t, "skopeo", l.copied("before")...)
		l.Env["REGISTRY_AUTH_FILE"] = l.move(t, "elsewhere.json")
		l.wantLost(t, ".docker/config.json (from HOME) does not exist", "skopeo", l.copied("after")...)
	})
	t.Run("authfile", func(t *testing.T) {
		l := newLost(t)
		file := l.move(t, "elsewhere.json")
		l.wantLost(t, "(from HOME) does not exist", "skopeo", append(l.copied("after"), "--dest-authfile", file)...)
	})
	t.Run("auth.json of podman", func(t *testing.T) {
		l := newLost(t)
		l.move(t, filepath.Join(l.Run, "containers", "auth.json"))
		l.wantLost(t, "(from HOME) does not exist", "skopeo", l.copied("after")...)
	})
	t.Run("another HOME", func(t *testing.T) {
		l := newLost(t)
		l.Env["REGISTRY_AUTH_FILE"] = l.DockerConfig()
		l.Env["CLOUDSDK_CONFIG"] = filepath.Dir(l.ADC())
		l.wantPushed(t, "skopeo", l.copied("before")...)
		l.Env["HOME"] = l.Folder(t, "home")
		l.wantLost(t, l.Env["HOME"]+"/.docker/config.json (from HOME) does not exist", "skopeo", l.copied("after")...)
	})
	t.Run("oras --registry-config", func(t *testing.T) {
		parts.Program(t, "oras")
		l := newLost(t)
		l.Write(t, "artifact.txt", []byte("artifact\n"))
		push := func(file string) []string {
			return []string{"push", "--registry-config", file, google + "/demo-project/images/oras:v1", "artifact.txt:text/plain"}
		}
		l.wantPushed(t, "oras", push(l.DockerConfig())...)
		l.wantLost(t, "(from HOME) does not exist", "oras", push(l.move(t, "elsewhere.json"))...)
	})
	t.Run("helm HELM_REGISTRY_CONFIG", func(t *testing.T) {
		parts.Program(t, "helm")
		l := newLost(t)
		l.must(t, "helm", "create", l.Path("chart"))
		l.must(t, "helm", "package", l.Path("chart"))
		push := []string{"push", "chart-0.1.0.tgz", "oci://" + google + "/demo-project/charts"}
		l.Env["HELM_REGISTRY_CONFIG"] = l.DockerConfig()
		l.wantPushed(t, "helm", push...)
		l.Env["HELM_REGISTRY_CONFIG"] = l.move(t, "elsewhere.json")
		l.wantLost(t, "(from HOME) does not exist", "helm", push...)
	})
}

// TestAccountElsewhereDocker is the same with docker itself, whose engine has another
// way to the registry: what its command line says is what is looked at.
func TestAccountElsewhereDocker(t *testing.T) {
	w := newWorld(t)
	for _, client := range w.dockerClients(t) {
		t.Run(w.dockerVersion(t, client), func(t *testing.T) {
			push := []string{"push", google + "/demo-project/images/docker:v1"}
			l := newLost(t)
			l.docker(t)
			l.buildImage(t, client, push[1])
			if out, _ := l.try(client, push...); strings.Contains(out, "none is configured") {
				t.Fatalf("with the account in its place: %s", out)
			}
			calls := len(l.iam.Log())
			if calls == 0 {
				t.Fatal("docker did not ask the helper")
			}
			folder := filepath.Dir(l.move(t, "elsewhere/config.json"))
			l.wantLost(t, "(from HOME) does not exist", client, append([]string{"--config", folder}, push...)...)

			// The variable holds logins alone; what docker asks for besides it asks of
			// the helper that its file names.
			b, err := json.Marshal(map[string]any{"auths": map[string]any{l.other.Host: map[string]string{"auth": "bWU6Z2VoZWlt"}}})
			envtest.Check(t, err)
			l.Env["DOCKER_AUTH_CONFIG"] = string(b)
			l.Configure(t, testenv.Docker{Helpers: l.helpers})
			l.wantLost(t, `has no section "iam"`, client, push...)
		})
	}
}
