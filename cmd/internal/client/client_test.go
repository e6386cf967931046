package client

import (
	"encoding/base64"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
)

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "keyring" { // TestKeyringNext fails, and would run itself for ever
		os.Exit(3)
	}
	adaptertest.Main(m)
}

// newWorld has a section for each kind of host.
func newWorld(t testing.TB) *adaptertest.World {
	return adaptertest.New(t, testenv.Docker{Plugins: map[string]testenv.Section{
		"iam@id.example.com":     {"token": "id"},
		"iam@own.example.com":    {"token": "access"},
		"iam@named.example.com":  {"token": "id", "username": "robot"},
		"iam@path.example.com":   {"token": "access"},
		"iam@path.example.com/b": {"token": "access", "serviceAccount": "b@proj.iam.gserviceaccount.com"},
		"iam@unsaid.example.com": {"lifetime": "30m"},
		"iam@10.1.2.3":           {"token": "access"},
		"iam@127.0.0.1:5000":     {"token": "access"},
	}})
}

// run runs a command line of the client.
func run(w *adaptertest.World, stdin string, argv ...string) adaptertest.Result {
	p, args := Program(argv)
	return w.Run(p, stdin, args...)
}

// authorization splits the value of an Authorization header, "Bearer" standing for the user.
func authorization(t *testing.T, value string) (user, secret string) {
	t.Helper()
	if token, ok := strings.CutPrefix(value, "Bearer "); ok {
		return "Bearer", token
	}
	b, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(value, "Basic "))
	user, secret, ok := strings.Cut(string(b), ":")
	if err != nil || !ok {
		t.Fatalf("%q is no Authorization", value)
	}
	return user, secret
}

func TestProgram(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		argv []string
		name string
		args int
	}{
		{[]string{"/usr/bin/bazel-credential-iam", "get"}, "bazel-credential-iam", 1},
		{[]string{"bazel-credential-iam.exe"}, "bazel-credential-iam", 0},
		{[]string{"/x/credential-iam-client", "bazel", "get"}, Name, 1},
		{[]string{"credential-iam-client", "bogus", "get"}, Name, 2},
		{[]string{"credential-iam-client"}, Name, 0},
		{[]string{"bazel"}, Name, 0}, // a link that nobody makes
		{nil, Name, 0},
	} {
		if p, args := Program(c.argv); p.Name != c.name || len(args) != c.args {
			t.Errorf("%q: %s with %q", c.argv, p.Name, args)
		}
	}
	for _, argv := range [][]string{{Name}, {Name, "bogus"}, {Name, "bazel"}, {Name, "bazel", "store"}, {"bazel-credential-iam"}, {"bazel-credential-iam", "get", "x"}} {
		if r := run(w, "", argv...); r.Code != 2 || r.Stdout != "" || !strings.HasPrefix(r.Stderr, argv[0]+": ") || !strings.HasSuffix(r.Stderr, "; run: "+argv[0]+" --help\n") {
			t.Errorf("%q: %+v", argv, r)
		}
	}
	if r := run(w, "", Name, "--version"); r.Code != 0 || !strings.HasPrefix(r.Stdout, Name+" (credential-iam) ") {
		t.Errorf("version: %+v", r)
	}
}

// The links that are installed are those that the protocols have, but for keyring, which
// would shadow another program and is made by configure alone.
func TestLinks(t *testing.T) {
	var installed, answered []string
	for _, p := range programs.All() {
		if p.Name == Name {
			installed = slices.Clone(p.Links)
		}
	}
	for _, p := range protocols() {
		if p.link != "" && p.link != "keyring" {
			answered = append(answered, p.link)
		}
	}
	slices.Sort(installed)
	slices.Sort(answered)
	if !slices.Equal(installed, answered) {
		t.Errorf("programs.txt has the links %q, the protocols %q", installed, answered)
	}
}

// A client that keeps a token asks again a while before its end.
func TestUntil(t *testing.T) {
	now := time.Now()
	c := adapter.New("x", adapter.Process{Getenv: func(string) string { return "" }})
	c.Env.Now = func() time.Time { return now }
	for left, want := range map[time.Duration]time.Duration{
		time.Hour: 59 * time.Minute, 4 * time.Minute: 3 * time.Minute, 8 * time.Second: 6 * time.Second, 0: 0, -time.Hour: -time.Hour,
	} {
		if got := until(c, now.Add(left)).Sub(now); got != want {
			t.Errorf("%s left: asks again in %s, want %s", left, got, want)
		}
	}
}

// sameHost fails where the form finds a host in a text, and net/url another one.
func sameHost(t *testing.T, form host.Form, text string) {
	t.Helper()
	u, err := form.Read(text)
	if err != nil {
		return
	}
	if form.Bare && !strings.Contains(text, "://") {
		text = "https://" + text
	}
	other, err := url.Parse(text)
	if err != nil {
		return
	}
	if h, ok := host.Parse(u.Protocol, other.Host); !ok || h != u.Host {
		t.Fatalf("%q: the host %v, but net/url finds %q", text, u.Host, other.Host)
	}
}
