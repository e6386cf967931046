package clients

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	person   = testenv.Person
	deployer = testenv.Deployer
	auditor  = testenv.Auditor
)

// google is a registry that is answered without a section of its own.
const google = "europe-docker.pkg.dev"

type section = testenv.Section

// world is one person's machine and the servers that the person works with.
type world struct {
	*envtest.Home
	t   *testing.T
	iam *iamtest.Server
	// plugins and helpers are those of docker's configuration file.
	plugins map[string]section
	helpers map[string]string
	extra   map[string]any
}

// newWorld makes a home folder whose person may impersonate deployer and auditor.
func newWorld(t *testing.T) *world {
	t.Helper()
	bin, err := programs()
	envtest.Check(t, err)
	s := envtest.Google(t, iamtest.Options{TLS: true, Hosts: []string{google}}, deployer, auditor)
	w := &world{
		t: t, iam: s, Home: envtest.New(t, testenv.Options{Path: []string{bin}, CA: envtest.CA(t, s)}),
		helpers: map[string]string{}, extra: map[string]any{},
	}
	w.plugins = map[string]section{"iam": testenv.As(deployer, s, w.Keystore(t, "kernel", "tmpfs"))}
	w.SignIn(t, s.UserADC(person))
	w.GitPerson(t)
	t.Cleanup(w.forget)
	return w
}

// forget takes the cached tokens out of the keystore.
func (w *world) forget() {
	for name := range w.plugins {
		if _, host, ok := strings.Cut(name, "@"); ok {
			w.ask("erase", host)
		}
	}
}

// configure writes docker's configuration file.
func (w *world) configure() {
	w.t.Helper()
	w.Configure(w.t, testenv.Docker{Helpers: w.helpers, Plugins: w.plugins, More: w.extra})
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
	ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
	defer cancel()
	cmd := w.Command(ctx, w.Dir, nil, "docker-credential-iam", verb)
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
