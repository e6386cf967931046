package pluginpush

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/clients/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// patience is longer than any command takes that does not hang.
const patience = 60 * time.Second

// memory is where a folder is that tokens may lie in.
const memory = "/dev/shm"

type section = map[string]string

// machine is the computer of the one who pushes.
type machine struct {
	t      *testing.T
	scene  Scene
	home   string
	plugin string
	env    map[string]string
	said   bytes.Buffer
}

// newMachine makes a home folder whose person may impersonate the account, and
// whose default section leads to the stand-in for Google.
func (s Scene) newMachine(t *testing.T) *machine {
	t.Helper()
	if info, err := os.Stat(memory); err != nil || !info.IsDir() {
		parts.Missing(t, "no memory file system at %s", memory)
	}
	dir, run := temporary(t, ""), temporary(t, memory)
	m := &machine{t: t, scene: s, home: filepath.Join(dir, "home")}
	bin := filepath.Join(dir, "bin")
	for _, d := range []string{bin, m.home} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.programs(t, bin)
	m.plugin = filepath.Join(bin, filepath.Base(s.Program))
	ca, err := s.Google.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	m.env = map[string]string{}
	for _, kv := range s.Environ {
		name, value, _ := strings.Cut(kv, "=")
		m.env[name] = value
	}
	maps.Copy(m.env, map[string]string{
		"HOME": m.home, "XDG_RUNTIME_DIR": run, "LANG": "C", "SSL_CERT_FILE": ca,
		"PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
	})
	s.Google.User(Person)
	s.Google.ServiceAccount(s.Account)
	s.Google.Grant(Person, iamtest.RoleTokenCreator, s.Account)
	m.write(".config/gcloud/application_default_credentials.json", s.Google.UserADC(Person))
	t.Cleanup(m.leaveNoSecret)
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
	before, err := json.Marshal(map[string]any{"plugins": map[string]section{"iam": own}})
	if err != nil {
		m.t.Fatal(err)
	}
	m.write(".docker/config.json", before)

	args := []string{"configure", "--docker", s.Registry, "--service-account", s.Account, "--issuer", s.Plugin}
	want := section{"serviceAccount": s.Account, "issuer": s.Plugin}
	for _, name := range slices.Sorted(maps.Keys(s.Options)) {
		args = append(args, "--option", name+"="+s.Options[name])
		want["issuer."+name] = s.Options[name]
	}
	m.must("credential-iam", args...)

	after, err := os.ReadFile(filepath.Join(m.home, ".docker", "config.json"))
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
	dir, err := os.MkdirTemp(m.home, "build-")
	if err != nil {
		m.t.Fatal(err)
	}
	name := filepath.Base(m.home) + "/" + filepath.Base(dir)
	m.write(filepath.Base(dir)+"/Dockerfile", []byte("FROM scratch\nCOPY file /file\nCMD [\"/file\"]\n"))
	m.write(filepath.Base(dir)+"/file", []byte(name+"\n"))
	m.must("env", "DOCKER_BUILDKIT=0", "docker", "build", "--quiet", "--tag", tag, dir)
}

// write puts a file below the home folder.
func (m *machine) write(name string, content []byte) {
	m.t.Helper()
	path := filepath.Join(m.home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// run starts a program of the machine's PATH and returns all that it printed.
func (m *machine) run(name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// env looks the program up on the machine's PATH, not on ours.
	cmd := exec.CommandContext(ctx, "env", append([]string{name}, args...)...)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	cmd.Dir = m.home
	for _, key := range slices.Sorted(maps.Keys(m.env)) {
		cmd.Env = append(cmd.Env, key+"="+m.env[key])
	}
	out, err := cmd.CombinedOutput()
	m.said.Write(out)
	return string(out), err
}

// must runs a program that has to succeed.
func (m *machine) must(name string, args ...string) string {
	m.t.Helper()
	out, err := m.run(name, args...)
	if err != nil {
		m.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// leaveNoSecret fails the test if a secret was printed or lies in the home
// folder.
func (m *machine) leaveNoSecret() {
	for _, secret := range append([]string{"ya29.", "eyJ"}, m.scene.Secrets...) {
		if bytes.Contains(m.said.Bytes(), []byte(secret)) {
			m.t.Errorf("a program printed %q", secret)
		}
		err := filepath.WalkDir(m.home, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			if bytes.Contains(b, []byte(secret)) {
				m.t.Errorf("%s holds %q", path, secret)
			}
			return err
		})
		if err != nil {
			m.t.Error(err)
		}
	}
}
