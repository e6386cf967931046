package tools

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	deployer = testenv.Deployer
	auditor  = testenv.Auditor
)

// The servers' hosts. Google's are answered without a section of their own.
const (
	cluster = "kube.example.com"
	other   = "kube-b.example.com"
	python  = "europe-python.pkg.dev"
	npm     = "europe-npm.pkg.dev"
	crates  = "crates.example.com"
	modules = "tf.example.com"
	api     = "api.example.com"
)

// evil is the end of an attacker's hosts, which look like ours.
const evil = ".evil.test"

type section = testenv.Section

// world is one person's machine, and the servers behind it.
type world struct {
	*envtest.Home
	iam *iamtest.Server
	net *envtest.Internet
}

func TestMain(m *testing.M) { envtest.Main(m) }

// newWorld makes a home folder whose person works as deployer, and as auditor for the
// other cluster.
func newWorld(t *testing.T) *world {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the tools are made to trust the servers by variables that are Linux's")
	}
	hosts := []string{cluster, other, python, npm, crates, modules, api}
	for _, h := range hosts {
		hosts = append(hosts, h+evil)
	}
	s := envtest.Google(t, iamtest.Options{TLS: true, Hosts: hosts}, deployer, auditor)
	ca := envtest.CA(t, s)
	w := &world{iam: s, net: envtest.NewInternet(t), Home: envtest.New(t, testenv.Options{Path: []string{envtest.Programs(t)}, CA: ca})}
	w.Env["HTTPS_PROXY"] = w.net.URL
	for _, name := range []string{"PIP_CERT", "REQUESTS_CA_BUNDLE", "npm_config_cafile", "CARGO_HTTP_CAINFO", "CURL_CA_BUNDLE"} {
		w.Env[name] = ca
	}
	plugins := map[string]section{"iam": testenv.As(deployer, s, w.Keystore(t, "tmpfs"))}
	for _, host := range []string{cluster, crates, modules, api} {
		plugins["iam@"+host] = section{"token": "access"}
	}
	plugins["iam@"+other] = section{"token": "access", "serviceAccount": auditor}
	w.Configure(t, testenv.Docker{Plugins: plugins})
	w.SignIn(t, s.UserADC(testenv.Person))
	return w
}

// serve starts a service at a host, for one account.
func (w *world) serve(t *testing.T, host, account string, start func(*iamtest.Server, string) (*services.Service, error)) *services.Service {
	t.Helper()
	v, err := start(w.iam, account)
	envtest.Check(t, err)
	w.net.Lead(host, v.URL)
	return v
}

// rogue starts an attacker's server at the host that looks like ours, and at others.
func (w *world) rogue(t *testing.T, host string, answer http.HandlerFunc, more ...string) *envtest.Rogue {
	t.Helper()
	return w.net.NewRogue(t, w.iam, answer, append(more, host+evil)...)
}

// try runs a tool and returns all that it printed.
func (w *world) try(name string, args ...string) (string, error) {
	return w.Try(w.Dir, nil, name, args...)
}

// must runs a tool that has to succeed.
func (w *world) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	return w.Must(t, w.Dir, nil, name, args...)
}

// link makes a link to the client program, in a folder of the home, and returns its
// path.
func (w *world) link(t *testing.T, name string) string {
	t.Helper()
	path := w.Path(name)
	envtest.Check(t, os.MkdirAll(filepath.Dir(path), 0o700))
	envtest.Check(t, os.Symlink(filepath.Join(envtest.Programs(t), "credential-iam-client"), path))
	return path
}

// wantMints fails the test unless exactly n access tokens were made so far.
func (w *world) wantMints(t *testing.T, n int) {
	t.Helper()
	if got := w.iam.Calls("generateAccessToken"); got != n {
		t.Errorf("generateAccessToken calls = %d, want %d", got, n)
		for _, c := range w.iam.Log() {
			t.Logf("%s %s of %q as %q: %d", c.Time.Format("15:04:05.000"), c.Method, c.Target, c.Principal, c.Status)
		}
	}
}

// wantUser fails the test unless the service let in its account, by this user name
// alone ("" for Bearer), and served what ends in each of the paths.
func wantUser(t *testing.T, v *services.Service, user string, paths ...string) {
	t.Helper()
	in := v.LetIn()
	if len(in) == 0 {
		t.Errorf("nobody was let in; requests: %+v", v.Requests())
	}
	for _, q := range in {
		if q.User != user {
			t.Errorf("%s %s: user name %q, want %q", q.Method, q.Path, q.User, user)
		}
	}
	for _, path := range paths {
		found := false
		for _, q := range in {
			found = found || strings.HasSuffix(q.Method+" "+q.Path, path)
		}
		if !found {
			t.Errorf("no %q in %+v", path, v.Requests())
		}
	}
}

// token is the cached token of api's host, which has deployer's like most others.
func (w *world) token(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testenv.Patience)
	defer cancel()
	out, err := w.Command(ctx, w.Dir, nil, "credential-iam-client", "header", "https://"+api).Output()
	envtest.Check(t, err)
	return testenv.Token(string(out))
}

// deny takes the person's right to impersonate deployer away.
func (w *world) deny(t *testing.T) {
	t.Helper()
	w.iam.Revoke(testenv.Person, iamtest.RoleTokenCreator, deployer)
}
