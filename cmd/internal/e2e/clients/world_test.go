package clients

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/home"
	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/keystore"
)

const (
	person   = "dev@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	auditor  = "auditor@demo-project.iam.gserviceaccount.com"
	// tokenMark is how every access token of the stand-in begins.
	tokenMark = "ya29."
)

type section = map[string]string

// world is one person's machine and the servers that the person works with.
type world struct {
	*home.Home
	t   *testing.T
	iam *iamtest.Server
	// plugins and helpers are those of docker's configuration file.
	plugins map[string]section
	helpers map[string]string
	extra   map[string]any
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
	folder := filepath.Join(dir, "home")
	w := &world{
		t: t, iam: s,
		Home: &home.Home{Dir: folder, Env: map[string]string{
			"HOME": folder, "XDG_RUNTIME_DIR": filepath.Join(dir, "run"), "TMPDIR": filepath.Join(dir, "tmp"),
			"PATH": bin + string(filepath.ListSeparator) + os.Getenv("PATH"),
			"LANG": "C", "SSL_CERT_FILE": ca, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0",
		}},
		plugins: map[string]section{"iam": {
			"serviceAccount": deployer, "endpoint": s.Endpoint(), "keystore": usableKeystore(t),
		}},
		helpers: map[string]string{}, extra: map[string]any{},
	}
	for _, d := range []string{w.Dir, w.Env["XDG_RUNTIME_DIR"], w.Env["TMPDIR"]} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.SignIn(t, s, person, deployer, auditor)
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
	w.SaidNo(w.t, tokenMark)
	home.HoldsNo(w.t, w.Dir, tokenMark)
	for name := range w.plugins {
		if _, host, ok := strings.Cut(name, "@"); ok {
			w.ask("erase", host)
		}
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
	w.Docker(w.t, file)
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

// try runs a program in the home folder and returns all it printed.
func (w *world) try(name string, args ...string) (string, error) {
	return w.Try(w.Dir, nil, name, args...)
}

// must runs a program that has to succeed.
func (w *world) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	return w.Must(t, w.Dir, nil, name, args...)
}

// ask runs docker-credential-iam as docker does and returns its standard output
// and whether it exited with 0.
func (w *world) ask(verb, host string) (string, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), home.Patience)
	defer cancel()
	bin, err := programs()
	if err != nil {
		return err.Error(), false
	}
	cmd := w.Command(ctx, w.Dir, nil, filepath.Join(bin, "docker-credential-iam"), verb)
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
