package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/mint"
)

// principal fails unless the token is an account's, with the scopes given.
func (w *world) principal(token, want string, scopes ...string) {
	w.t.Helper()
	email, got, ok := w.server.Inspect(token)
	if !ok || email != want {
		w.t.Errorf("the token is of %q, want %q", email, want)
	}
	if len(scopes) > 0 && strings.Join(got, " ") != strings.Join(scopes, " ") {
		w.t.Errorf("the token has scopes %q, want %q", got, scopes)
	}
}

func TestToken(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	w.principal(w.must("", "token"), deployer, helper.DefaultScope)
	w.principal(w.must("", "token", "--service-account", pusher, "--scopes", "https://b.example/x,https://a.example/y", "--lifetime", "5m"),
		pusher, "https://a.example/y", "https://b.example/x")
	log := w.server.Log("generateAccessToken")
	if got := log[len(log)-1].Lifetime; got != "300s" {
		t.Errorf("lifetime: got %q, want 300s", got)
	}
	// The long form of an account's name is the same account.
	w.principal(w.must("", "token", "--service-account", helper.AccountPrefix+pusher), pusher)
}

// TestTokenWithoutAccount has no token without an account, and the source
// identity's own where that is asked for.
func TestTokenWithoutAccount(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	line := w.fail(exitFailed, "", "token")
	for _, word := range []string{w.Dir, "--service-account source", "; run: ", "credential-iam configure --service-account EMAIL"} {
		if !strings.Contains(line, word) {
			t.Errorf("%q does not say %q", line, word)
		}
	}
	w.principal(w.must("", "token", "--service-account", "source"), person)
	w.configure(map[string]section{"iam": {"serviceAccount": "source"}})
	a := decodeJSON[tokenAnswer](t, w.must("", "token", "--json"))
	w.principal(a.Token, person)
	if a.ServiceAccount != "" {
		t.Errorf("serviceAccount: got %q, want none", a.ServiceAccount)
	}
	w.calls(0, "generateAccessToken")
}

func TestTokenJSON(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	a := decodeJSON[tokenAnswer](t, w.must("", "token", "--json"))
	expires, err := time.Parse(time.RFC3339, a.Expires)
	if err != nil || time.Until(expires) < 55*time.Minute || time.Until(expires) > 61*time.Minute {
		t.Errorf("expires %q is not an hour ahead", a.Expires)
	}
	if a.ServiceAccount != deployer {
		t.Errorf("serviceAccount: got %q", a.ServiceAccount)
	}
	w.principal(a.Token, deployer)
}

func TestTokenDelegates(t *testing.T) {
	w := newWorld(t)
	w.server.Grant(person, iamtest.RoleTokenCreator, middle)
	w.server.Grant(middle, iamtest.RoleTokenCreator, deployer)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer, "delegates": middle}})
	w.must("", "token")
	w.must("", "token", "--service-account", pusher)
	w.must("", "token", "--service-account", deployer, "--delegates", middle, "--lifetime", "10m")
	var got []string
	for _, c := range w.server.Log("generateAccessToken") {
		got = append(got, strings.Join(c.Delegates, ",")+">"+c.Target)
	}
	// The configured delegates lead to the configured account alone.
	want := []string{middle + ">" + deployer, ">" + pusher, middle + ">" + deployer}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("ways: got %q, want %q", got, want)
	}
}

// The commands and the adapters share the cache, in both directions.
func TestTokenSharesCache(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{
		"iam":                       {"serviceAccount": deployer},
		"iam@europe-docker.pkg.dev": {"serviceAccount": pusher},
	})
	token := w.must("", "token", "--host", "europe-docker.pkg.dev")
	w.principal(token, pusher)
	w.calls(1, "generateAccessToken")
	adapter := adapter.Tokens{
		Env: w.Helper(), Config: config.Load(w.Helper()),
		Exec: mint.Exec{Executable: filepath.Join(w.Dir, "nothing", "here"), Now: time.Now},
	}
	r := helper.Request{Client: host.Docker, Protocol: "https", Host: "europe-docker.pkg.dev:443"}
	target, err := adapter.Resolve(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	got, err := adapter.Get(context.Background(), host.Docker, target)
	if err != nil || got.Secret.Reveal() != token {
		t.Fatalf("the adapter has another token than the command (%v)", err)
	}
	for _, host := range []string{
		"europe-docker.pkg.dev", "https://europe-docker.pkg.dev/v2/", "EUROPE-docker.pkg.dev:443",
		"europe-docker.pkg.dev/proj/repo", "https://somebody@europe-docker.pkg.dev/proj",
	} {
		if w.must("", "token", "--host", host) != token {
			t.Errorf("--host %s: another token", host)
		}
	}
	if w.must("", "token", "--service-account", pusher) != token {
		t.Error("the same parameters without --host: another token")
	}
	w.calls(0)
	if w.must("", "token") == token {
		t.Error("another account, the same token")
	}
}

// What an adapter's core minted is there for the commands.
func TestTokenAfterAdapter(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links a program")
	}
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	if err := os.Symlink(exe, filepath.Join(bin, "credential-iam")); err != nil {
		t.Skip(err)
	}
	for name, v := range w.Env {
		t.Setenv(name, v)
	}
	t.Setenv(asProgram, "1")
	adapter := adapter.Tokens{
		Env: w.Helper(), Config: config.Load(w.Helper()),
		Exec: mint.Exec{Executable: filepath.Join(bin, "docker-credential-iam"), Now: time.Now},
	}
	target, err := adapter.Resolve(context.Background(), helper.Request{Client: host.Docker, Protocol: "https", Host: "gcr.io"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := adapter.Get(context.Background(), host.Docker, target)
	if err != nil {
		t.Fatal(err)
	}
	w.calls(1, "generateAccessToken")
	if w.must("", "token", "--host", "gcr.io") != got.Secret.Reveal() {
		t.Error("the command has another token than the adapter")
	}
	w.calls(0)
}

func TestTokenOfHostOfOtherKind(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{
		"iam":                 {"serviceAccount": deployer},
		"iam@git.example.com": {"token": "id", "audience": "my-audience"},
	})
	if _, err := w.server.VerifyIDToken(w.must("", "token", "--host", "git.example.com"), "my-audience"); err != nil {
		t.Error(err)
	}
}

func TestTokenSource(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer, "source": "file:/nowhere/adc.json"}})
	if line := w.fail(exitFailed, "", "token"); !strings.Contains(line, "/nowhere/adc.json") {
		t.Errorf("the missing source is not named: %q", line)
	}
	w.principal(w.must("", "token", "--source", "file:"+w.ADC()), deployer)
	w.ids = &fakeIdentities{}
	w.must("", "source", "list", "--json")
	if line := w.fail(exitFailed, "", "token", "--source", "keyring:work"); !strings.Contains(line, "source add work") {
		t.Errorf("no fix: %q", line)
	}
	// A path on the command line is relative to the person's folder.
	t.Chdir(w.Dir)
	w.principal(w.must("", "token", "--source", "file:adc.json"), deployer)
}

func TestTokenEnvironment(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	w.Env["CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT"] = pusher
	w.principal(w.must("", "token"), pusher)
	w.principal(w.must("", "token", "--service-account", deployer), deployer)
}

func TestTokenDenied(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	line := w.fail(exitFailed, "", "token", "--service-account", middle)
	if !strings.Contains(line, "serviceAccountTokenCreator") || !strings.Contains(line, middle) {
		t.Errorf("the fix is missing: %q", line)
	}
}

func TestTokenForeignHost(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer}})
	line := w.fail(exitFailed, "", "token", "--host", "docker.io")
	if !strings.Contains(line, "credential-iam configure") || !strings.Contains(line, `"docker.io"`) {
		t.Errorf("no fix: %q", line)
	}
	w.fail(exitFailed, "", "token", "--host", "gcr.io.example.com")
	w.calls(0)
}

// A full disk or a closed pipe is a failure, not an empty token.
func TestTokenUnwritable(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	var log strings.Builder
	a := &app{Core: w.core(), stdin: strings.NewReader(""), stdout: full, stderr: &log}
	if code := a.run(context.Background(), []string{"token"}); code != exitFailed || log.Len() == 0 {
		t.Errorf("exit %d, stderr %q", code, log.String())
	}
}

func TestIDToken(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{
		"iam":                   {"serviceAccount": deployer},
		"iam@git.example.com":   {"token": "id", "audience": "my-audience", "serviceAccount": pusher},
		"iam@quiet.example.com": {"token": "id", "includeEmail": "false"},
	})
	for _, c := range []struct {
		args     string
		audience string
		email    string
	}{
		{"--audience https://a.example", "https://a.example", deployer},
		{"--audience https://a.example --include-email=false", "https://a.example", ""},
		{"--audience https://a.example --service-account " + pusher, "https://a.example", pusher},
		{"--host git.example.com", "my-audience", pusher},
		{"--host git.example.com --audience other", "other", pusher},
		{"--host quiet.example.com", "https://quiet.example.com", ""},
		{"--host quiet.example.com --include-email", "https://quiet.example.com", deployer},
		{"--host gcr.io --audience x", "x", deployer},
	} {
		claims, err := w.server.VerifyIDToken(w.must("", append([]string{"id-token"}, strings.Fields(c.args)...)...), c.audience)
		if err != nil || claims.String("email") != c.email {
			t.Errorf("%s: e-mail %q, want %q (%v)", c.args, claims.String("email"), c.email, err)
		}
	}
	a := decodeJSON[tokenAnswer](t, w.must("", "id-token", "--audience", "x", "--json"))
	if a.ServiceAccount != deployer || a.Expires == "" {
		t.Errorf("JSON: %q, %q", a.ServiceAccount, a.Expires)
	}
}

func TestNeedsAccount(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	for _, args := range [][]string{{"id-token", "--audience", "x"}, {"sign-blob"}, {"sign-jwt"}} {
		line := w.fail(exitFailed, "{}", args...)
		if !strings.Contains(line, "--service-account") || !strings.Contains(line, "credential-iam configure") {
			t.Errorf("%q: no fix: %q", args, line)
		}
	}
	w.calls(0)
}

// A host whose plugin is not there says so, whichever way it is asked.
func TestTokenMissingPlugin(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam@ecr.example.com": {"issuer": "nothing-here"}})
	w.fail(exitFailed, "", "token", "--host", "ecr.example.com")
	w.calls(0)
}

// What is wrong with a source that a flag names doctor cannot find: it never sees it.
func TestTokenSourceFaults(t *testing.T) {
	w := newWorld(t)
	for text, run := range map[string]string{
		`{`:                            "${EDITOR:-vi} ",
		`{"type":"service_account"}`:   "${EDITOR:-vi} ",
		`{"type":"authorized_user"}`:   "${EDITOR:-vi} ",
		`{"type":"external_account"}`:  "${EDITOR:-vi} ",
		`{"type":"something_foreign"}`: "ls -l ",
		`{"type":"authorized_user","client_id":"x","client_secret":"y","refresh_token":"z","token_uri":"https://127.0.0.1:1/token"}`: "curl -sSI https://127.0.0.1:1/",
	} {
		w.Write(t, "fault.json", []byte(text))
		line := w.fail(exitFailed, "", "token", "--service-account", deployer, "--source", "file:"+w.Path("fault.json"), "--timeout", "5s")
		if !strings.Contains(line, "; run: "+run) {
			t.Errorf("%s: %q", text, line)
		}
	}
	for _, source := range []string{"file:/nowhere", "keyring:nobody"} {
		if line := w.fail(exitFailed, "", "token", "--service-account", deployer, "--source", source); strings.Contains(line, "run: credential-iam doctor") {
			t.Errorf("%s: %q", source, line)
		}
	}
}
