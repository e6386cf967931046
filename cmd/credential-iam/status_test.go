package main

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/purge"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/status"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

func TestStatus(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{
		"iam":                       {"serviceAccount": deployer},
		"iam@europe-docker.pkg.dev": {"serviceAccount": pusher},
		"iam@git.example.com/team":  {"token": "id"},
		"iam@*.example.org":         {"token": "jwt"},
		"iam@ecr.example.com":       {"issuer": "ecr", "keystore": "none"},
		"iam@typo.example.com":      {"token": "id", "audiance": "x"},
		"iam@unsaid.example.com":    {"serviceAccount": pusher},
		"iam@lost.example.com":      {"token": "id", "source": "keyring:nobody"},
		"iam@self.example.com":      {"token": "access", "serviceAccount": "source"},
	}, "europe-docker.pkg.dev:443", "gcr.io", "https://us-docker.pkg.dev", "docker.io")
	w.Write(t, ".gitconfig", []byte("[credential \"https://source.developers.google.com\"]\n\thelper = /opt/git-credential-iam\n[credential \"https://*.googlesource.com\"]\n\thelper = store\n"))
	w.must("", "token", "--host", "gcr.io")
	w.server.ResetCalls()
	r := w.run("", "status", "--json")
	if r.code != exitFailed || r.stderr != "" { // there are mistakes
		t.Fatalf("exit %d, %q", r.code, r.stderr)
	}
	w.noSecret(r.stdout)
	s := decodeJSON[status.Report](t, r.stdout)
	if len(s.Sources) != 1 || s.Sources[0] != (status.Source{Source: "file " + w.ADC(), Type: "authorized_user", Principal: person}) {
		t.Errorf("sources: %+v", s.Sources)
	}
	if s.Keystore.Name != "tmpfs" || s.Keystore.Why == "" {
		t.Errorf("keystore: %+v", s.Keystore)
	}
	file := "file " + w.ADC()
	want := []status.Host{
		{Host: "*.example.org", ServiceAccount: deployer, Token: "jwt", Issuer: "google", Source: file, Keystore: "tmpfs"},
		{Host: "docker.io", Error: `"iam@docker.io"`},
		{Host: "ecr.example.com", ServiceAccount: deployer, Token: "access", Issuer: "ecr", Source: file, Keystore: "none"},
		{Host: "europe-docker.pkg.dev", ServiceAccount: pusher, Token: "access", Issuer: "google", Source: file, Keystore: "tmpfs"},
		{Host: "gcr.io", ServiceAccount: deployer, Token: "access", Issuer: "google", Source: file, Keystore: "tmpfs", Expires: "soon"},
		{Host: "git.example.com/team", ServiceAccount: deployer, Token: "id", Issuer: "google", Source: file, Keystore: "tmpfs"},
		{Host: "lost.example.com", ServiceAccount: deployer, Token: "id", Issuer: "google", Keystore: "tmpfs", Error: "source add nobody"},
		{Host: "self.example.com", Token: "access", Issuer: "google", Source: file, Keystore: "tmpfs"},
		{Host: "source.developers.google.com", ServiceAccount: deployer, Token: "access", Issuer: "google", Source: file, Keystore: "tmpfs", Expires: "soon"},
		{Host: "typo.example.com", Error: `"audience"`},
		{Host: "unsaid.example.com", Error: `"token": "id"`},
		{Host: "us-docker.pkg.dev", ServiceAccount: deployer, Token: "access", Issuer: "google", Source: file, Keystore: "tmpfs", Expires: "soon"},
	}
	if len(s.Hosts) != len(want) {
		t.Fatalf("%d hosts, want %d:\n%s", len(s.Hosts), len(want), r.stdout)
	}
	for i, got := range s.Hosts {
		if got.Expires != "" {
			at, err := time.Parse(time.RFC3339, got.Expires)
			if err != nil || time.Until(at) < 50*time.Minute {
				t.Errorf("%s: expires %q", got.Host, got.Expires)
			}
			got.Expires = "soon"
		}
		if want[i].Error != "" && strings.Contains(got.Error, want[i].Error) {
			got.Error = want[i].Error
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("got  %+v\nwant %+v", got, want[i])
		}
	}
	w.calls(0)
}

// For people there is a block for each host, within 80 columns, and each mistake once.
func TestStatusText(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{
		"iam":                      {"serviceAccount": deployer},
		"iam@*.example.org":        {"token": "jwt"},
		"iam@ecr.example.com":      {"issuer": "ecr", "keystore": "none"},
		"iam@self.example.com":     {"token": "access", "serviceAccount": "source"},
		"iam@lost.example.com":     {"token": "id", "source": "keyring:nobody"},
		"iam@lost.example.net":     {"token": "id", "source": "keyring:nobody"},
		"iam@typo.example.com":     {"token": "id", "audiance": "x"},
		"iam@git.example.com/team": {"token": "id"},
	}, "europe-docker.pkg.dev")
	w.must("", "token", "--host", "europe-docker.pkg.dev")
	w.server.ResetCalls()
	r := w.run("", "status")
	w.noSecret(r.stdout)
	if r.code != exitFailed {
		t.Errorf("exit %d", r.code)
	}
	for _, want := range []string{
		"source:   " + person + " (authorized_user, file\n", "\nkeystore: tmpfs (",
		"\n\neurope-docker.pkg.dev\n  access token as " + deployer + ", cached for ",
		"\n\necr.example.com\n  credential of the issuer ecr as " + deployer + ",\n  keystore none, not cached\n",
		"\n\nself.example.com\n  access token as the source identity itself, not cached\n",
		"\n\n*.example.org\n  jwt token as " + deployer + ", cached per host\n",
		"\n\ntypo.example.com\n  no credential, see the error below\n",
		"\n\nlost.example.com\n  id token as " + deployer + ", see the error below\n",
		"\n\nerror: lost.example.com, lost.example.net: ", "\n  run: credential-iam source add nobody --from FILE\n", "\n\nerror: typo.example.com: ",
	} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	for line := range strings.Lines(r.stdout) {
		line = strings.TrimRight(line, "\n")
		if len(line) > 80 && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "  run: ") {
			t.Errorf("%d columns: %q", len(line), line)
		}
	}
	if n := strings.Count(r.stdout, "error: "); n != 2 {
		t.Errorf("%d errors in\n%s", n, r.stdout)
	}
}

// A plugin's credential for a loopback host may have been asked for over http.
func TestStatusLoopback(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{"iam@127.0.0.1:5000": {"issuer": "ecr", "serviceAccount": deployer}})
	target, err := config.Load(w.Helper()).Resolve(t.Context(), helper.Request{Client: host.Docker, Protocol: "http", Host: "127.0.0.1:5000"}, w.ids)
	if err != nil {
		t.Fatal(err)
	}
	store, err := keystore.Open(t.Context(), "tmpfs", keystore.Options{Getenv: w.Helper().Getenv, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	e := keystore.Entry{Secret: keystore.NewSecret("ya29.x"), Issued: time.Now(), Expires: time.Now().Add(time.Hour)}
	if err := store.Put(t.Context(), target.Key(), e); err != nil {
		t.Fatal(err)
	}
	s := decodeJSON[status.Report](t, w.must("", "status", "--json"))
	if len(s.Hosts) != 1 || s.Hosts[0].Expires == "" {
		t.Errorf("%+v", s.Hosts)
	}
}

func TestStatusEmpty(t *testing.T) {
	w := newWorld(t)
	s := decodeJSON[status.Report](t, w.must("", "status", "--json"))
	if s.Hosts == nil || len(s.Hosts) != 0 || s.Keystore.Name == "" {
		t.Errorf("%+v", s)
	}
	r := w.run("", "status")
	if r.code != 0 || !strings.Contains(r.stdout, "credential-iam configure") {
		t.Errorf("exit %d, %q", r.code, r.stdout)
	}
}

func TestStatusBroken(t *testing.T) {
	w := newWorld(t)
	w.Write(t, ".docker/config.json", []byte(`{"plugins": {`))
	if line := w.fail(exitFailed, "", "status", "--json"); !strings.Contains(line, "line 1") {
		t.Errorf("%q", line)
	}
	w.configure(map[string]section{"iam": {"tokne": "id"}}, "gcr.io")
	r := w.run("", "status", "--json")
	if s := decodeJSON[status.Report](t, r.stdout); r.code != exitFailed || len(s.Hosts) != 1 || !strings.Contains(s.Hosts[0].Error, `"token"`) {
		t.Errorf("exit %d: %s", r.code, r.stdout)
	}
}

func TestPurge(t *testing.T) {
	w := newWorld(t)
	w.Env["WAYLAND_DISPLAY"] = "wayland-0"
	full, other := keystore.NewMemory(time.Now), keystore.NewMemory(time.Now)
	for _, digest := range []string{"a", "b"} {
		e := keystore.Entry{Secret: keystore.NewSecret("ya29.x"), Issued: time.Now(), Expires: time.Now().Add(time.Hour)}
		if err := full.Put(context.Background(), keystore.NewKey("access", deployer, digest), e); err != nil {
			t.Fatal(err)
		}
	}
	run := func(keyring error, asJSON bool, stores ...keystore.Store) (string, string, error) {
		var out, log strings.Builder
		a := &app{Core: w.core(), stdout: &out, stderr: &log}
		err := a.tell(purge.Stores(context.Background(), stores, keyring), asJSON)
		return out.String(), log.String(), err
	}
	out, log, err := run(nil, false, full, other)
	if err != nil || out != "memory: 2 tokens deleted\n" || log != "" {
		t.Errorf("%q, %q, %v", out, log, err)
	}
	if keys, _ := full.List(context.Background()); len(keys) != 0 {
		t.Errorf("%d tokens are left", len(keys))
	}
	out, log, err = run(keystore.ErrLocked, true, other, deadStore{})
	answer := decodeJSON[purge.Report](t, out)
	if !errors.Is(err, errSilent) || len(answer.Purged) != 2 || len(answer.Failed) != 2 || strings.Count(log, "warning: keystore") != 2 {
		t.Errorf("%q, %q, %v", out, log, err)
	}
	if runtime.GOOS != "windows" && !strings.HasSuffix(log, "; run: credential-iam source list\n") {
		t.Errorf("a locked keyring: %q", log)
	}
}

// deadStore is a back end that does not answer.
type deadStore struct{ keystore.Store }

func (deadStore) Name() string { return "dead" }

func (deadStore) List(context.Context) ([]keystore.Key, error) { return nil, keystore.ErrTimeout }

// Purge on a store that the commands filled: the tokens of the account and of
// its source go. The command itself would reach this machine's own keyrings.
func TestPurgeStore(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	first := w.must("", "token")
	store, err := keystore.Open(t.Context(), "tmpfs", keystore.Options{Getenv: w.Helper().Getenv, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	var out, log strings.Builder
	a := &app{Core: w.core(), stdout: &out, stderr: &log}
	if err := a.tell(purge.Stores(t.Context(), []keystore.Store{store}, nil), false); err != nil || out.String() != "tmpfs: 2 tokens deleted\n" {
		t.Errorf("%q, %q, %v", out.String(), log.String(), err)
	}
	if w.must("", "token") == first {
		t.Error("the token was not deleted")
	}
}

// Purge of one host leaves the tokens of the others, and that of the source.
func TestPurgeHost(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}, "iam@gcr.io": {"serviceAccount": pusher}})
	one, other := w.must("", "token", "--host", "gcr.io"), w.must("", "token", "--host", "us.gcr.io")
	r := w.run("", "purge", "--host", "https://gcr.io/v2/", "--json")
	answer := decodeJSON[purge.Report](t, r.stdout)
	if !slices.Contains(answer.Purged, purge.Purged{Keystore: "tmpfs", Tokens: 1}) {
		t.Errorf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
	w.server.ResetCalls()
	if w.must("", "token", "--host", "us.gcr.io") != other {
		t.Error("the token of another host was deleted")
	}
	w.calls(0)
	if w.must("", "token", "--host", "gcr.io") == one {
		t.Error("the token was not deleted")
	}
	w.calls(1)
	w.fail(exitFailed, "", "purge", "--host", "example.com")
	w.fail(exitUsage, "", "purge", "--host", "a b")
}

// TestPurgeUnknown: nobody who deletes a token is told to configure its host or to sign
// in first.
func TestPurgeUnknown(t *testing.T) {
	for name, c := range map[string]struct {
		plugins   map[string]section
		host, fix string
	}{
		"not configured any more": {nil, "gcr.io", ""},
		"of nobody's":             {nil, "r.example.com", ""},
		"without consent":         {map[string]section{"iam@r.example.com": {"serviceAccount": deployer}}, "r.example.com", ""},
		"signed out":              {map[string]section{"iam": {"serviceAccount": deployer, "source": "keyring:gone"}}, "gcr.io", ""},
		"misspelled of Google's":  {nil, "europe-docker.pkg.de", " --host europe-docker.pkg.dev"},
		"misspelled":              {map[string]section{"iam@r.example.com": {"serviceAccount": deployer, "token": "id"}}, "r.exmple.com", " --host r.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.configure(c.plugins)
			if said := w.fail(exitFailed, "", "purge", "--host", c.host); !strings.HasSuffix(said, "; run: credential-iam purge"+c.fix+"\n") {
				t.Errorf("%s", said)
			}
		})
	}
}

// TestStatusIsSafe: a host that docker's file spells with what moves a terminal's cursor is
// shown without it.
func TestStatusIsSafe(t *testing.T) {
	w := newWorld(t)
	w.configure(nil, "x\x1b[31m\ny")
	if got := w.run("", "status"); strings.Contains(got.stdout+got.stderr, "\x1b") || !strings.Contains(got.stdout, "error: x[31m y: ") {
		t.Errorf("%q %q", got.stdout, got.stderr)
	}
}
