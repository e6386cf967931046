package pluginpush

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/home"
	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/parts"
)

// memory is where a folder is that tokens may lie in.
const memory = "/dev/shm"

type section = map[string]string

// machine is the computer of the one who pushes.
type machine struct {
	*home.Home
	t      *testing.T
	scene  Scene
	plugin string
}

// newMachine makes a home folder whose person may impersonate the account, and
// whose default section leads to the stand-in for Google.
func (s Scene) newMachine(t *testing.T) *machine {
	t.Helper()
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		parts.Missing(t, "no memory file system at %s", memory)
	}
	dir, run := temporary(t, ""), temporary(t, memory)
	m := &machine{t: t, scene: s, Home: &home.Home{Dir: filepath.Join(dir, "home"), Env: map[string]string{}}}
	bin := s.install(t)
	if err := os.Mkdir(m.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	m.plugin = filepath.Join(bin, filepath.Base(s.Program))
	ca, err := s.Google.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	for _, kv := range s.Environ {
		name, value, _ := strings.Cut(kv, "=")
		m.Env[name] = value
	}
	maps.Copy(m.Env, map[string]string{
		"HOME": m.Dir, "XDG_RUNTIME_DIR": run, "LANG": "C", "SSL_CERT_FILE": ca,
		"PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
	})
	m.SignIn(t, s.Google, Person, s.Account)
	t.Cleanup(func() {
		secrets := append([]string{"ya29.", "eyJ"}, s.Secrets...)
		m.SaidNo(t, secrets...)
		home.HoldsNo(t, m.Dir, secrets...)
	})
	return m
}

func temporary(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "ciam-push-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// configure has the real command write the registry's section, and fails the
// test unless that is the whole of what it has written.
func (m *machine) configure() {
	m.t.Helper()
	s := m.scene
	own := section{"endpoint": s.Google.Endpoint(), "keystore": "tmpfs"}
	m.Docker(m.t, map[string]any{"plugins": map[string]section{"iam": own}})

	args := []string{"configure", "--docker", s.Registry, "--service-account", s.Account, "--issuer", s.Plugin}
	want := section{"serviceAccount": s.Account, "issuer": s.Plugin}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		args = append(args, "--option", name+"="+s.Options[name])
		want["issuer."+name] = s.Options[name]
	}
	m.must("credential-iam", args...)

	after, err := os.ReadFile(filepath.Join(m.Dir, ".docker", "config.json"))
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
	name := filepath.Base(m.Dir) + "/" + filepath.Base(dir)
	m.Write(m.t, filepath.Base(dir)+"/Dockerfile", []byte("FROM scratch\nCOPY file /file\nCMD [\"/file\"]\n"))
	m.Write(m.t, filepath.Base(dir)+"/file", []byte(name+"\n"))
	m.Must(m.t, m.Dir, []string{"DOCKER_BUILDKIT=0"}, "docker", "build", "--quiet", "--tag", tag, dir)
}

// must runs a program that has to succeed.
func (m *machine) must(name string, args ...string) {
	m.t.Helper()
	m.Must(m.t, m.Dir, nil, name, args...)
}
