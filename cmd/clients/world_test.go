package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/clients/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	person   = "dev@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	auditor  = "auditor@demo-project.iam.gserviceaccount.com"
	// tokenMark is how every access token of the stand-in begins.
	tokenMark = "ya29."
	// patience is longer than any command takes that does not hang.
	patience = 60 * time.Second
)

type section = map[string]string

// world is one person's machine and the servers that the person works with.
type world struct {
	t    *testing.T
	iam  *iamtest.Server
	home string
	env  map[string]string
	// plugins and helpers are those of docker's configuration file.
	plugins map[string]section
	helpers map[string]string
	extra   map[string]any
	// said is what all clients have printed.
	said *bytes.Buffer
}

// newWorld makes a home folder whose person may impersonate deployer.
func newWorld(t *testing.T) *world {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	s, err := iamtest.NewServer(iamtest.Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.User(person)
	for _, account := range []string{deployer, auditor} {
		s.ServiceAccount(account)
		s.Grant(person, iamtest.RoleTokenCreator, account)
	}
	ca, err := s.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	// Not t.TempDir: sockets lie below it, whose names may have 107 bytes.
	dir, err := os.MkdirTemp("", "ciam-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	home := filepath.Join(dir, "home")
	w := &world{
		t: t, iam: s, home: home, said: &bytes.Buffer{},
		env: map[string]string{
			"HOME": home, "XDG_RUNTIME_DIR": filepath.Join(dir, "run"), "TMPDIR": filepath.Join(dir, "tmp"),
			"PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
			"LANG": "C", "SSL_CERT_FILE": ca, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
		},
		plugins: map[string]section{"iam": {
			"serviceAccount": deployer, "endpoint": s.Endpoint(), "keystore": usableKeystore(t),
		}},
		helpers: map[string]string{}, extra: map[string]any{},
	}
	for _, d := range []string{home, w.env["XDG_RUNTIME_DIR"], w.env["TMPDIR"]} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.write(".config/gcloud/application_default_credentials.json", s.UserADC(person))
	t.Cleanup(w.leaveNoSecret)
	return w
}

// usableKeystore is kernel, or tmpfs where there is no kernel keyring. It is
// stated in the configuration: a build machine is often a container, where
// nothing shared is used unasked.
func usableKeystore(t *testing.T) string {
	t.Helper()
	o := keystore.Options{Getenv: os.Getenv, Now: time.Now}
	for _, name := range []string{"kernel", "tmpfs"} {
		if _, err := keystore.Open(t.Context(), name, o); err == nil {
			return name
		}
	}
	parts.Missing(t, "neither the kernel's keyring nor a memory file system can be used here")
	return ""
}

// leaveNoSecret fails the test if a token was printed or lies in the home
// folder, and takes the cached ones out of the keystore.
func (w *world) leaveNoSecret() {
	if i := bytes.Index(w.said.Bytes(), []byte(tokenMark)); i >= 0 {
		w.t.Errorf("a client printed a token: %.200s", w.said.Bytes()[max(0, i-100):])
	}
	err := filepath.WalkDir(w.home, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(tokenMark)) {
			w.t.Errorf("%s holds a token", path)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
	for name := range w.plugins {
		if _, host, ok := strings.Cut(name, "@"); ok {
			w.ask("erase", host)
		}
	}
}

// write puts a file below the home folder.
func (w *world) write(name string, content []byte) {
	w.t.Helper()
	path := filepath.Join(w.home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// configure writes docker's configuration file.
func (w *world) configure() {
	w.t.Helper()
	file := map[string]any{"plugins": w.plugins}
	if len(w.helpers) > 0 {
		file["credHelpers"] = w.helpers
	}
	maps.Copy(file, w.extra)
	b, err := json.MarshalIndent(file, "", "\t")
	if err != nil {
		w.t.Fatal(err)
	}
	w.write(".docker/config.json", b)
}

// newRegistry starts a registry that deployer may push to, and configures its
// host for docker with what overrides says.
func (w *world) newRegistry(overrides section) *iamtest.Registry {
	w.t.Helper()
	r := iamtest.NewRegistry(w.iam, iamtest.RegistryOptions{})
	r.AllowWriter(deployer)
	if err := r.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.helpers[r.Host] = "iam"
	w.addHost(r.Host, overrides)
	return r
}

// addHost writes a host's own section, which is its consent to be sent tokens.
func (w *world) addHost(host string, overrides section) {
	w.t.Helper()
	s := section{"token": "access"}
	maps.Copy(s, overrides)
	w.plugins["iam@"+host] = s
	w.configure()
}

// command is a program in the world, with more environment if need be.
func (w *world) command(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	cmd.Dir = dir
	for _, key := range slices.Sorted(maps.Keys(w.env)) {
		cmd.Env = append(cmd.Env, key+"="+w.env[key])
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// try runs a program in the home folder and returns all it printed.
func (w *world) try(name string, args ...string) (string, error) {
	return w.tryIn(w.home, nil, name, args...)
}

func (w *world) tryIn(dir string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // also used in a cleanup
	defer cancel()
	out, err := w.command(ctx, dir, env, name, args...).CombinedOutput()
	w.said.Write(out)
	return string(out), err
}

// must runs a program that has to succeed.
func (w *world) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	return w.mustIn(t, w.home, nil, name, args...)
}

func (w *world) mustIn(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	out, err := w.tryIn(dir, env, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// ask runs docker-credential-iam as docker does and returns its standard output
// and whether it exited with 0.
func (w *world) ask(verb, host string) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	bin, err := programs()
	if err != nil {
		return err.Error(), false
	}
	cmd := w.command(ctx, w.home, nil, filepath.Join(bin, "docker-credential-iam"), verb)
	cmd.Stdin = strings.NewReader(host)
	out, err := cmd.Output()
	return string(out), err == nil
}

// mints counts the access tokens that the API has made.
func (w *world) mints() int { return w.iam.Calls("generateAccessToken") }

// wantMints fails the test unless exactly n access tokens were made so far.
func (w *world) wantMints(t *testing.T, n int) {
	t.Helper()
	if got := w.mints(); got != n {
		t.Errorf("generateAccessToken calls = %d, want %d", got, n)
		for _, c := range w.iam.Log() {
			t.Logf("%s %s as %q: %d", c.Time.Format("15:04:05.000"), c.Method, c.Principal, c.Status)
		}
	}
}

// wantPushedBy fails the test unless the image name:reference was last pushed by
// account, with Google's user name.
func wantPushedBy(t *testing.T, r *iamtest.Registry, repository, account string) {
	t.Helper()
	var last iamtest.Push
	for _, p := range r.Pushes() {
		if p.Repository == repository {
			last = p
		}
	}
	if last.Principal != account || last.User != "oauth2accesstoken" {
		t.Errorf("%s was pushed by %q as %q, want %q as %q", repository, last.Principal, last.User, account, "oauth2accesstoken")
	}
}
