package session

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/metadata"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

const account = "deployer@proj.iam.gserviceaccount.com"

// world is an environment, and a session in it.
func world(t *testing.T, change func(o *Options), environ ...string) (*Session, Options) {
	t.Helper()
	run := t.TempDir()
	if err := os.Chmod(run, 0o700); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	environ = append(environ, "XDG_RUNTIME_DIR="+run, "LOCALAPPDATA="+run, "HOME="+home)
	getenv := lookup(environ)
	o := Options{
		Env:     helper.Env{Getenv: func(name string) string { v, _ := getenv(name); return v }, HomeDir: home, Now: time.Now},
		Environ: environ, Target: helper.Target{ServiceAccount: account, Scopes: []string{helper.DefaultScope}}, Email: account, Kind: Federation,
	}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, o
}

// inside returns a variable of the environment inside.
func (s *Session) inside(name string) (string, bool) { return lookup(s.Environ)(name) }

// TestRemoved takes away all that would go before the account, in every library, and
// keeps what has nothing to do with it.
func TestRemoved(t *testing.T) {
	var before []string
	for _, name := range append(strangers(), ours()...) {
		if name != heldToken { // refused where there is no memory file system
			before = append(before, name+"=somebody")
		}
	}
	s, _ := world(t, nil, append(before, "PATH=/bin", "GOOGLE_CLOUD_QUOTA_PROJECT=q", "EMPTY=")...)
	for _, v := range before {
		name, _, _ := strings.Cut(v, "=")
		if v, ok := s.inside(name); ok {
			t.Errorf("%s=%s is left", name, v)
		}
		if !slices.Contains(s.Lines, "unset "+name) {
			t.Errorf("--env does not unset %s", name)
		}
	}
	for name, want := range map[string]string{"PATH": "/bin", "GOOGLE_CLOUD_QUOTA_PROJECT": "q", "EMPTY": ""} {
		if v, ok := s.inside(name); !ok || v != want {
			t.Errorf("%s=%s, %v", name, v, ok)
		}
	}
	for _, name := range []string{"GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT"} {
		if v, _ := s.inside(name); v != s.Plan.Host+s.Plan.Path || v == "" {
			t.Errorf("%s=%s", name, v)
		}
	}
}

// TestOutside has our own programs take what exec writes, whatever it changes.
func TestOutside(t *testing.T) {
	var before []string
	for _, name := range ours() {
		if name != heldToken {
			before = append(before, name+"=somebody")
		}
	}
	before = append(before, "http_proxy=http://proxy:1", "no_proxy=a", "GOOGLE_PROJECT=p", "GCLOUD_PROJECT=p", "GCP_PROJECT=p", "CLOUDSDK_CORE_PROJECT=p")
	s, _ := world(t, func(o *Options) { o.Project = "named" }, before...)
	c, err := helper.InsideExec(func(name string) string { v, _ := s.inside(name); return v })
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range before {
		name, want, _ := strings.Cut(v, "=")
		now, _ := s.inside(name)
		if got, _ := c.Outside(name, now); got != want {
			t.Errorf("%s is %q outside, want %q", name, got, want)
		}
	}
}

// TestProject names the project that a person would expect.
func TestProject(t *testing.T) {
	for _, tt := range []struct {
		name    string
		flag    string
		environ []string
		want    map[string]string
	}{
		{"the account's own", "", nil, map[string]string{"GOOGLE_CLOUD_PROJECT": "proj", "CLOUDSDK_CORE_PROJECT": "proj"}},
		{"the environment's", "", []string{"GOOGLE_CLOUD_PROJECT=mine"}, map[string]string{"GOOGLE_CLOUD_PROJECT": "mine", "CLOUDSDK_CORE_PROJECT": "mine"}},
		{"gcloud's variable", "", []string{"CLOUDSDK_CORE_PROJECT=mine"}, map[string]string{"GOOGLE_CLOUD_PROJECT": "mine", "CLOUDSDK_CORE_PROJECT": "mine"}},
		{"the flag's", "named", []string{"GOOGLE_CLOUD_PROJECT=mine", "GCLOUD_PROJECT=other", "GOOGLE_PROJECT=other"},
			map[string]string{"GOOGLE_CLOUD_PROJECT": "named", "CLOUDSDK_CORE_PROJECT": "named", "GCLOUD_PROJECT": "", "GOOGLE_PROJECT": ""}},
	} {
		s, _ := world(t, func(o *Options) { o.Project = tt.flag }, tt.environ...)
		for name, want := range tt.want {
			if v, _ := s.inside(name); v != want {
				t.Errorf("%s: %s=%s, want %s", tt.name, name, v, want)
			}
		}
		if want := tt.want["GOOGLE_CLOUD_PROJECT"]; s.Plan.Account.Project != want {
			t.Errorf("%s: the metadata server says %s", tt.name, s.Plan.Account.Project)
		}
	}
}

// TestHeldToken keeps a token of the person's off disks.
func TestHeldToken(t *testing.T) {
	for _, c := range []struct {
		token    string
		inMemory bool
		code     string
	}{{"", false, ""}, {"x", true, ""}, {"x", false, "held-token"}} {
		err := checkHeld(Options{Env: helper.Env{Getenv: func(string) string { return c.token }}}, c.inMemory)
		if c.code == "" && err != nil || c.code != "" && (err == nil || helper.AsError(err).Code != c.code) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestCapability: each session has its own, which nobody can guess.
func TestCapability(t *testing.T) {
	a, _ := world(t, nil)
	b, _ := world(t, nil)
	if a.Plan.Capability.Equal(b.Plan.Capability) || len(a.Plan.Capability.Reveal()) < 50 {
		t.Error("the capability is another session's, or short")
	}
}

// TestBadProject lets nobody write a line of his own into what is printed and written.
func TestBadProject(t *testing.T) {
	bad := "x\nEVIL=1"
	for name, change := range map[string]func(o *Options){
		"the flag": func(o *Options) { o.Project = bad },
		"the environment": func(o *Options) {
			getenv := o.Env.Getenv
			o.Env.Getenv = func(name string) string {
				if name == "CLOUDSDK_CORE_PROJECT" {
					return bad
				}
				return getenv(name)
			}
		},
	} {
		_, o := world(t, nil)
		change(&o)
		s, err := New(o)
		if err == nil {
			s.Close()
			t.Errorf("%s: %q", name, s.Elsewhere(host.Host{}))
		} else if e := helper.AsError(err); e.Code != "project" || e.Who != helper.User {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, o := world(t, nil)
	o.Project = "ya29.geheim\n"
	if _, err := New(o); err == nil || helper.AsError(err).Code != "project" || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a token for a project: %v", err)
	}
}

// TestElsewhere writes for a container how the container reaches the server.
func TestElsewhere(t *testing.T) {
	_, o := world(t, nil)
	o.Listen = "127.0.0.1:0"
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	port, secret := s.Listener.Addr().(*net.TCPAddr).Port, s.Plan.Path
	for address, want := range map[string]string{
		"":                          fmt.Sprintf("127.0.0.1:%d%s", port, secret),
		"host.docker.internal":      fmt.Sprintf("host.docker.internal:%d%s", port, secret),
		"host.docker.internal:8080": "host.docker.internal:8080" + secret,
		"172.17.0.1:80":             "172.17.0.1:80" + secret,
		"[fd00::1]":                 fmt.Sprintf("[fd00::1]:%d%s", port, secret),
	} {
		h, _ := host.Parse("", address)
		all := s.Elsewhere(h)
		for _, name := range []string{"GCE_METADATA_HOST", "GCE_METADATA_IP", "GCE_METADATA_ROOT"} {
			if !slices.Contains(all, name+"="+want) {
				t.Errorf("%q: no %s=%s in %q", address, name, want, all)
			}
		}
		if !slices.Contains(all, "METADATA_SERVER_DETECTION=assume-present") {
			t.Errorf("%q: %q", address, all)
		}
		for _, v := range all {
			if name, _, _ := strings.Cut(v, "="); name == adcVariable || name == helper.ExecVariable || name == "CLOUDSDK_CONFIG" {
				t.Errorf("%q: %s is of this machine", address, name)
			}
		}
	}
}

// TestUnlistened names what helps where an address cannot be listened on, or the file
// of variables not be written.
func TestUnlistened(t *testing.T) {
	s, o := world(t, nil)
	for address, fix := range map[string]string{
		s.Listener.Addr().String(): "credential-iam serve --listen 127.0.0.1:0",
		"192.0.2.1:0":              map[bool]string{true: "ip address", false: "ifconfig"}[runtime.GOOS == "linux"],
	} {
		if runtime.GOOS == "windows" {
			break // whose numbers of errors are its own
		}
		o.Listen = address
		if _, err := New(o); err == nil || helper.AsError(err).Hint != fix {
			t.Errorf("%s: %v", address, err)
		}
	}
	folder := filepath.Join(t.TempDir(), "absent")
	if _, err := s.WriteEnvFile(os.DevNull, nil); runtime.GOOS != "windows" && (err == nil || helper.AsError(err).Hint != "") {
		t.Errorf("of a device: %v, run: %s", err, helper.AsError(err).Hint)
	}
	if _, err := s.WriteEnvFile(filepath.Join(folder, "env"), nil); err == nil || helper.AsError(err).Hint != helper.FolderCommand(folder) {
		t.Errorf("no folder: %v", err)
	}
}

// TestProxy keeps requests to the server from a proxy, where there is one.
func TestProxy(t *testing.T) {
	for _, tt := range []struct {
		environ      []string
		upper, lower string
	}{
		{nil, "", ""},
		{[]string{"HTTPS_PROXY=http://proxy:1"}, "", ""}, // the server speaks plain HTTP
		{[]string{"HTTP_PROXY=http://proxy:1"}, "127.0.0.1", "127.0.0.1"},
		{[]string{"http_proxy=http://proxy:1", "no_proxy=a.example.com"}, "a.example.com,127.0.0.1", "a.example.com,127.0.0.1"},
		{[]string{"http_proxy=http://proxy:1", "no_proxy=a", "NO_PROXY=b"}, "b,127.0.0.1", "a,127.0.0.1"},
		{[]string{"ALL_PROXY=socks5://proxy:1", "NO_PROXY=*"}, "*", "*"},
		{[]string{"http_proxy=http://proxy:1", "NO_PROXY=a, 127.0.0.1"}, "a, 127.0.0.1", "a, 127.0.0.1"},
	} {
		s, _ := world(t, nil, tt.environ...)
		upper, _ := s.inside("NO_PROXY")
		lower, _ := s.inside("no_proxy")
		if upper != tt.upper || lower != tt.lower {
			t.Errorf("%q: NO_PROXY=%s no_proxy=%s", tt.environ, upper, lower)
		}
	}
}

// TestFile has the form of each kind.
func TestFile(t *testing.T) {
	for kind, want := range map[Kind]string{Federation: "external_account", User: "external_account_authorized_user"} {
		s, _ := world(t, func(o *Options) { o.Kind, o.Target.QuotaProject = kind, "bill" })
		path, _ := s.inside(adcVariable)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := json.Unmarshal(b, &doc); err != nil {
			t.Fatal(err)
		}
		if doc["type"] != want || doc["quota_project_id"] != "bill" || doc["token_url"] != "http://"+s.Plan.Host+s.Plan.Path+metadata.TokenPath {
			t.Errorf("%s: %s", kind, b)
		}
	}
	s, o := world(t, func(o *Options) { o.Kind = None }, adcVariable+"=/home/u/key.json")
	if v, ok := s.inside(adcVariable); ok {
		t.Errorf("without a file: %s=%s", adcVariable, v)
	}
	// Our own programs have theirs.
	inside := func(name string) string { v, _ := s.inside(name); return v }
	c, err := helper.InsideExec(inside)
	if v, _ := c.Outside(adcVariable, ""); v != "/home/u/key.json" || err != nil {
		t.Errorf("our own programs find %q, %v", v, err)
	}
	folder := s.Plan.Folder
	s.Close()
	if _, err := os.Stat(folder); err == nil {
		t.Error("the folder is left")
	}
	login := filepath.Join(o.Env.HomeDir, ".config", "gcloud", "application_default_credentials.json")
	if err := os.MkdirAll(filepath.Dir(login), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(login, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := New(o); err == nil {
		s.Close()
		t.Error("no file beside a login")
	} else if e := helper.AsError(err); e.Code != "own-login" {
		t.Error(err)
	}
}

// TestKindFor knows what is Java's.
func TestKindFor(t *testing.T) {
	for command, want := range map[string]Kind{"mvn": User, "./gradlew": User, `C:\x\MVN.CMD`: Federation, "/usr/bin/java": User, "mvn.cmd": User, "terraform": Federation, "bash": Federation} {
		if filepath.Separator == '\\' && strings.HasPrefix(command, "C:") {
			want = User
		}
		if got := KindFor(command); got != want {
			t.Errorf("%s: %s", command, got)
		}
	}
}

// TestPlan goes through a pipe and comes out as it was.
func TestPlan(t *testing.T) {
	at := time.UnixMicro(1_700_000_000_000_000)
	p := &Plan{
		Target:  helper.Target{ServiceAccount: account, Scopes: []string{"a", "b"}, Lifetime: time.Hour, Options: map[string]string{"k": "v"}},
		Account: metadata.Account{Email: account, Project: "proj", Number: "1", Universe: "u", Scopes: []string{"a"}},
		Folder:  "/run/x", Host: "127.0.0.1:1", Path: "/secret", Capability: keystore.NewSecret("capability"),
		Unkept: &keystore.Entry{Secret: keystore.NewSecret("token"), Issued: at, Expires: at.Add(time.Hour)},
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := ReadPlan(&b)
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, %v", got, err)
	}
	p.Target.Scopes = []string{strings.Repeat("x", maxPlan)}
	if err := p.Write(&b); err == nil {
		t.Error("a plan that does not fit into a pipe was written: nobody reads it yet")
	}
}

// TestTokens gives a program the scopes that it asks for, but for those that the person
// has chosen.
func TestTokens(t *testing.T) {
	var got helper.Target
	k := tokens{func(t helper.Target) (helper.Token, error) { got = t; return helper.Token{}, nil }, helper.Target{Token: helper.Access, Scopes: []string{helper.DefaultScope}}}
	for _, tt := range []struct{ asked, want []string }{
		{nil, []string{helper.DefaultScope}},
		{[]string{"https://b", "https://a", "https://b"}, []string{"https://a", "https://b"}},
	} {
		if _, err := k.Access(t.Context(), tt.asked); err != nil || !slices.Equal(got.Scopes, tt.want) {
			t.Errorf("%q: %q, %v", tt.asked, got.Scopes, err)
		}
	}
	if _, err := k.Access(t.Context(), []string{"no scope\x00"}); err == nil || config.CheckValue("scopes", "no scope\x00") == nil {
		t.Error("a scope with a control character was asked for")
	}
	k.target.Scopes = []string{"https://chosen"}
	if _, err := k.Access(t.Context(), []string{"https://more"}); err != nil || !slices.Equal(got.Scopes, k.target.Scopes) {
		t.Errorf("beyond what was chosen: %q, %v", got.Scopes, err)
	}
	if _, err := k.ID(t.Context(), "https://run.example.com"); err != nil || got.Token != helper.ID || got.Audience != "https://run.example.com" || got.Scopes != nil || !got.IncludeEmail {
		t.Errorf("%+v, %v", got, err)
	}
}
