package gitclients

import (
	"bytes"
	"context"
	"crypto/rand"
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

	"github.com/credential-iam/credential-iam/cmd/clients/parts"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	person   = "dev@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	auditor  = "auditor@demo-project.iam.gserviceaccount.com"
	// patience is longer than any command takes that does not hang.
	patience = 60 * time.Second
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
	iam  *iamtest.Server
	net  *internet
	git  git
	home string
	env  map[string]string
	// spills says that a helper of the test keeps tokens in the home folder.
	spills bool
	// said is what all commands have printed.
	said bytes.Buffer
}

// newWorld makes a home folder whose person may impersonate deployer and auditor
// and has configured nothing else but the account.
func newWorld(t *testing.T, g git) *world {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	s, err := iamtest.NewServer(iamtest.Options{TLS: true, Hosts: hosts})
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
	dir := t.TempDir()
	w := &world{iam: s, net: newInternet(t), git: g, home: filepath.Join(dir, "home")}
	path := []string{bin, os.Getenv("PATH")}
	if g.dir != "" {
		path = slices.Insert(path, 1, g.dir)
	}
	w.env = map[string]string{
		"HOME": w.home, "XDG_RUNTIME_DIR": memory(t), "TMPDIR": filepath.Join(dir, "tmp"),
		"PATH": strings.Join(path, string(filepath.ListSeparator)),
		"LANG": "C", "SSL_CERT_FILE": ca, "GIT_CONFIG_NOSYSTEM": "1",
	}
	for _, d := range []string{w.home, w.env["TMPDIR"]} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w.write(t, ".config/gcloud/application_default_credentials.json", s.UserADC(person))
	w.write(t, ".gitconfig", []byte("[user]\n\tname = Dev\n\temail = "+person+"\n[init]\n\tdefaultBranch = main\n"+
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
	b, err := json.MarshalIndent(map[string]any{"plugins": plugins}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	w.write(t, ".docker/config.json", b)
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

// holdsToken reports whether a text holds a token of the stand-in: "ya29." begins
// an access token, "eyJhbGci" the header of a JWT.
func holdsToken(s string) bool {
	return strings.Contains(s, "ya29.") || strings.Contains(s, "eyJhbGci")
}

// leaveNoSecret fails the test if a token was printed or lies in the home or
// temporary folders.
func (w *world) leaveNoSecret(t *testing.T) {
	if holdsToken(w.said.String()) {
		t.Error("a command printed a token")
	}
	if w.spills {
		return
	}
	err := filepath.WalkDir(filepath.Dir(w.home), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if holdsToken(string(b)) {
			t.Errorf("%s holds a token", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// write puts a file below the home folder.
func (w *world) write(t *testing.T, name string, content []byte) {
	t.Helper()
	path := filepath.Join(w.home, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// folder makes a new folder.
func (w *world) folder(t *testing.T, pattern string) string {
	t.Helper()
	dir, err := os.MkdirTemp(w.env["TMPDIR"], pattern)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// command prepares a program of the world's PATH. It has no terminal: git would
// say so rather than hang if it wanted to ask a person.
func (w *world) command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	for _, d := range filepath.SplitList(w.env["PATH"]) {
		if p := filepath.Join(d, name); executable(p) {
			name = p
			break
		}
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = 5 * time.Second // a grandchild may hold the pipes
	cmd.Dir = dir
	for _, key := range slices.Sorted(maps.Keys(w.env)) {
		cmd.Env = append(cmd.Env, key+"="+w.env[key])
	}
	detach(cmd)
	return cmd
}

func executable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0
}

// try runs a program and returns all that it printed.
func (w *world) try(dir, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience) // also used in a cleanup
	defer cancel()
	out, err := w.command(ctx, dir, name, args...).CombinedOutput()
	w.said.Write(out)
	return string(out), err
}

// must runs a program that has to succeed.
func (w *world) must(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	out, err := w.try(dir, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// configure runs credential-iam configure and returns what it says.
func (w *world) configure(t *testing.T, args ...string) string {
	t.Helper()
	return w.must(t, w.home, "credential-iam", append([]string{"configure"}, args...)...)
}

// config sets a value in git's global configuration.
func (w *world) config(t *testing.T, args ...string) {
	t.Helper()
	w.must(t, w.home, "git", append([]string{"config", "--global"}, args...)...)
}

// clone clones a URL and returns the folder.
func (w *world) clone(t *testing.T, url string, args ...string) string {
	t.Helper()
	dir := w.folder(t, "clone-")
	w.must(t, w.home, "git", append(append([]string{"clone", "--quiet"}, args...), url, dir)...)
	return dir
}

// commit adds a file of so many random bytes to the repository in dir.
func (w *world) commit(t *testing.T, dir, name string, size int) {
	t.Helper()
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
		t.Fatal(err)
	}
	w.must(t, dir, "git", "add", name)
	w.must(t, dir, "git", "commit", "--quiet", "--message", "add "+name)
}

// publish makes a repository with one commit at a URL, and returns its clone.
func (w *world) publish(t *testing.T, url string) string {
	t.Helper()
	dir := w.clone(t, url)
	w.commit(t, dir, "first", 1000)
	w.must(t, dir, "git", "push", "--quiet", "origin", "HEAD:main")
	return dir
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

// wantAll fails the test unless the server let somebody in, and only account with
// this scheme and user name ("" with Bearer).
func wantAll(t *testing.T, g *iamtest.GitServer, account, kind, user string) {
	t.Helper()
	let := 0
	for _, q := range g.Requests() {
		if q.Principal == "" {
			continue
		}
		let++
		if q.Principal != account || q.Kind != kind || q.User != user {
			t.Errorf("%s %s: let in %q, %s, user name %q; want %q, %s, %q", q.Method, q.Path, q.Principal, q.Kind, q.User, account, kind, user)
		}
	}
	if let == 0 {
		t.Error("the server let nobody in")
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
