package pluginpush

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/google/go-cmp/cmp"
)

type section = testenv.Section

// machine is the computer of the one who pushes.
type machine struct {
	*envtest.Home
	t      *testing.T
	scene  Scene
	plugin string
}

// newMachine makes a home folder whose person may impersonate the account, and
// whose default section leads to the stand-in for Google.
func (s Scene) newMachine(t *testing.T) *machine {
	t.Helper()
	bin := s.install(t)
	m := &machine{
		t: t, scene: s, plugin: filepath.Join(bin, filepath.Base(s.Program)),
		Home: envtest.New(t, testenv.Options{Path: []string{bin}, CA: envtest.CA(t, s.Google)}),
	}
	m.Keystore(t, "tmpfs")
	for _, kv := range s.Environ {
		if name, value, _ := strings.Cut(kv, "="); m.Env[name] == "" {
			m.Env[name] = value
		}
	}
	testenv.Allow(s.Google, Person, s.Account)
	m.SignIn(t, s.Google.UserADC(Person))
	t.Cleanup(func() {
		envtest.NoSecret(t, m.Said(), s.Secrets...)
		found, err := m.Held(s.Secrets)
		if err != nil || len(found) > 0 {
			t.Errorf("%q, %v", found, err)
		}
	})
	return m
}

// configure has the real command write the registry's section, and fails the
// test unless that is the whole of what it has written.
func (m *machine) configure() {
	m.t.Helper()
	s := m.scene
	own := section{"endpoint": s.Google.Endpoint(), "keystore": "tmpfs"}
	m.Configure(m.t, testenv.Docker{Plugins: map[string]section{"iam": own}})

	args := []string{"configure", "--no-check", "--docker", s.Registry, "--service-account", s.Account, "--issuer", s.Plugin}
	want := section{"serviceAccount": s.Account, "issuer": s.Plugin}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		args = append(args, "--option", name+"="+s.Options[name])
		want["issuer."+name] = s.Options[name]
	}
	m.must("credential-iam", args...)

	after, err := os.ReadFile(m.DockerConfig())
	if err != nil {
		m.t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(after, &got); err != nil {
		m.t.Fatal(err)
	}
	raw, err := json.Marshal(map[string]any{
		"plugins":     map[string]section{"iam": own, "iam@" + s.Registry: want},
		"credHelpers": map[string]string{s.Registry: "iam"},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	var exactly map[string]any
	if err := json.Unmarshal(raw, &exactly); err != nil {
		m.t.Fatal(err)
	}
	if diff := cmp.Diff(exactly, got); diff != "" {
		m.t.Errorf("credential-iam %s wrote (-want +got):\n%s", strings.Join(args, " "), diff)
	}
}

// build makes an image of one file, never the same twice.
func (m *machine) build(tag string) {
	m.t.Helper()
	dir, err := os.MkdirTemp(m.Dir, "build-")
	if err != nil {
		m.t.Fatal(err)
	}
	name := filepath.Base(m.Root) + "/" + filepath.Base(dir)
	m.Write(m.t, filepath.Base(dir)+"/Dockerfile", []byte("FROM scratch\nCOPY file /file\nCMD [\"/file\"]\n"))
	m.Write(m.t, filepath.Base(dir)+"/file", []byte(name+"\n"))
	m.Must(m.t, m.Dir, []string{"DOCKER_BUILDKIT=0"}, "docker", "build", "--quiet", "--tag", tag, dir)
}

// must runs a program that has to succeed.
func (m *machine) must(name string, args ...string) {
	m.t.Helper()
	m.Must(m.t, m.Dir, nil, name, args...)
}
