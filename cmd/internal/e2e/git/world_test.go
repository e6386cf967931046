package git

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/home"
	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	person   = "dev@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	auditor  = "auditor@demo-project.iam.gserviceaccount.com"
)

// hosts are the names that the servers' certificates are good for.
var hosts = []string{
	"git.example.com", "lib.example.com", "moved.example.com", "denied.example.com",
	"source.developers.google.com", "android.googlesource.com", "inst-123-git.us-central1.sourcemanager.dev", "europe-go.pkg.dev",
	"evil.test", "*.evil.test", "git.example.com.evil.test", "source.developers.google.com.evil.test", "evilgooglesource.com", "googlesource.com.evil.test",
	"source.developers.google.co", "source-developers.google.com", "evil.sourcemanager.dev", "a.b.developerconnect.dev",
}

type section = map[string]string

// world is one person's machine with one git, and the servers behind it.
type world struct {
	*home.Home
	iam *iamtest.Server
	net *internet
	git git
	// spills says that a helper of the test keeps tokens in the home folder.
	spills bool
}

// newWorld makes a home folder whose person may impersonate deployer and auditor
// and has configured nothing else but the account.
func newWorld(t *testing.T, g git) *world {
	t.Helper()
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	s, err := iamtest.NewServer(iamtest.Options{TLS: true, Hosts: hosts})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	ca, err := s.CAFile()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w := &world{iam: s, net: newInternet(t), git: g, Home: &home.Home{Dir: filepath.Join(dir, "home")}}
	path := []string{bin, os.Getenv("PATH")}
	if g.dir != "" {
		path = slices.Insert(path, 1, g.dir)
	}
	w.Env = map[string]string{
		"HOME": w.Dir, "XDG_RUNTIME_DIR": memory(t), "TMPDIR": filepath.Join(dir, "tmp"),
		"PATH": strings.Join(path, string(filepath.ListSeparator)),
		"LANG": "C", "SSL_CERT_FILE": ca, "GIT_CONFIG_NOSYSTEM": "1",
	}
	for _, d := range []string{w.Dir, w.Env["TMPDIR"]} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.SignIn(t, s, person, deployer, auditor)
	w.Write(t, ".gitconfig", []byte("[user]\n\tname = Dev\n\temail = "+person+"\n[init]\n\tdefaultBranch = main\n"+
		"[http]\n\tproxy = "+w.net.url+"\n\tsslCAInfo = "+ca+"\n"))
	w.sections(t, map[string]section{})
	t.Cleanup(func() { w.leaveNoSecret(t) })
	return w
}

// sections writes docker's configuration file, with sections by host.
func (w *world) sections(t *testing.T, hosts map[string]section) {
	t.Helper()
	plugins := map[string]section{"iam": {
		"serviceAccount": deployer, "endpoint": w.iam.Endpoint(), "keystore": "tmpfs",
	}}
	for host, s := range hosts {
		plugins["iam@"+host] = s
	}
	w.Docker(t, map[string]any{"plugins": plugins})
}

// memory makes a folder on a memory file system, which holds the world's cache and
// ends with it: the keyrings are shared with whatever else runs here.
func memory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "ciam-")
	if err != nil {
		parts.Missing(t, "no memory file system for the cache: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// forget has the cached token of a host forgotten.
func (w *world) forget(t *testing.T, host string) {
	t.Helper()
	if out, log, code := w.ask(t, "erase", strings.NewReader("protocol=https\nhost="+host+"\n")); out != "" || log != "" || code != 0 {
		t.Fatalf("erase %s: %d bytes, %q, exit %d", host, len(out), log, code)
	}
}

// marks are how the tokens of the stand-in begin: an access token, and the header
// of a JWT.
var marks = []string{"ya29.", "eyJhbGci"}

// holdsToken reports whether a text holds a token of the stand-in.
func holdsToken(s string) bool {
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(s, mark) })
}

// leaveNoSecret fails the test if a token was printed or lies in the home or
// temporary folders.
func (w *world) leaveNoSecret(t *testing.T) {
	w.SaidNo(t, marks...)
	if !w.spills {
		home.HoldsNo(t, filepath.Dir(w.Dir), marks...)
	}
}

// folder makes a new folder.
func (w *world) folder(t *testing.T, pattern string) string {
	t.Helper()
	dir, err := os.MkdirTemp(w.Env["TMPDIR"], pattern)
	if err != nil {
		t.Fatal(err)
	}
	return dir
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
	return w.must(t, w.Dir, "credential-iam", append([]string{"configure"}, args...)...)
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
