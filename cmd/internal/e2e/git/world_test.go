package git

import (
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

// hosts are the names that the servers' certificates are good for.
var hosts = []string{
	"git.example.com", "lib.example.com", "moved.example.com", "denied.example.com",
	"source.developers.google.com", "android.googlesource.com", "inst-123-git.us-central1.sourcemanager.dev", "europe-go.pkg.dev",
	"evil.test", "*.evil.test", "git.example.com.evil.test", "source.developers.google.com.evil.test", "evilgooglesource.com", "googlesource.com.evil.test",
	"source.developers.google.co", "source-developers.google.com", "evil.sourcemanager.dev", "a.b.developerconnect.dev",
}

type section = testenv.Section

// world is one person's machine with one git, and the servers behind it.
type world struct {
	*envtest.Home
	iam *iamtest.Server
	net *envtest.Internet
	git git
}

// newWorld makes a home folder whose person may impersonate deployer and auditor
// and has configured nothing else but the account.
func newWorld(t *testing.T, g git) *world {
	t.Helper()
	s := envtest.Google(t, iamtest.Options{TLS: true, Hosts: hosts}, deployer, auditor)
	path := []string{envtest.Programs(t)}
	if g.dir != "" {
		path = append(path, g.dir)
	}
	w := &world{iam: s, net: envtest.NewInternet(t), git: g, Home: envtest.New(t, testenv.Options{Path: path, CA: envtest.CA(t, s)})}
	delete(w.Env, "GIT_TERMINAL_PROMPT") // that git asks nobody is what is tested
	w.Keystore(t, "tmpfs")
	w.SignIn(t, s.UserADC(person))
	w.GitPerson(t)
	w.config(t, "http.proxy", w.net.URL)
	w.sections(t, map[string]section{})
	return w
}

// sections writes docker's configuration file, with sections by host.
func (w *world) sections(t *testing.T, hosts map[string]section) {
	t.Helper()
	plugins := map[string]section{"iam": testenv.As(deployer, w.iam, "tmpfs")}
	for host, s := range hosts {
		plugins["iam@"+host] = s
	}
	w.Configure(t, testenv.Docker{Plugins: plugins})
}

// forget has the cached token of a host forgotten.
func (w *world) forget(t *testing.T, host string) {
	t.Helper()
	if out, log, code := w.ask(t, "erase", strings.NewReader("protocol=https\nhost="+host+"\n")); out != "" || log != "" || code != 0 {
		t.Fatalf("erase %s: %d bytes, %q, exit %d", host, len(out), log, code)
	}
}

// holdsToken reports whether a text holds a token of the stand-in.
func holdsToken(s string) bool {
	return testenv.Leak(s, testenv.Marks) != ""
}

// try runs a program and returns all that it printed.
func (w *world) try(dir, name string, args ...string) (string, error) {
	return w.Try(dir, nil, name, args...)
}

// must runs a program that has to succeed.
func (w *world) must(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	return w.Must(t, dir, nil, name, args...)
}

// configure runs credential-iam configure and returns what it says.
func (w *world) configure(t *testing.T, args ...string) string {
	t.Helper()
	return w.must(t, w.Dir, "credential-iam", append([]string{"configure", "--no-check"}, args...)...)
}

// config sets a value in git's global configuration.
func (w *world) config(t *testing.T, args ...string) {
	t.Helper()
	w.must(t, w.Dir, "git", append([]string{"config", "--global"}, args...)...)
}

// wantCalls fails the test unless so many calls of the method were made so far.
func (w *world) wantCalls(t *testing.T, n int, method string) {
	t.Helper()
	if got := w.iam.Calls(method); got != n {
		t.Errorf("%s calls = %d, want %d", method, got, n)
	}
}

// wantSilence fails the test if any token was made.
func (w *world) wantSilence(t *testing.T) {
	t.Helper()
	if n := w.iam.Calls(); n != 0 {
		t.Errorf("%d calls to Google, want none", n)
	}
}

// wantOutput fails the test unless a text holds all the parts.
func wantOutput(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, part := range want {
		if !strings.Contains(out, part) {
			t.Errorf("it does not say %q:\n%s", part, out)
		}
	}
}
