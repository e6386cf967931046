package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/identity"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

func TestSourceAdd(t *testing.T) {
	w := newWorld(t)
	ids := &fakeIdentities{}
	w.ids = ids
	w.configure(map[string]section{"iam": {"serviceAccount": deployer, "source": "keyring:work"}})
	r := w.run("", "source", "add", "work", "--from", w.ADC())
	if r.code != 0 || !strings.HasPrefix(r.stdout, "stored as keyring:work (authorized_user") || !strings.Contains(r.stderr, `"source": "keyring:work"`) {
		t.Fatalf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	w.noSecret(r.stdout + r.stderr)
	w.principal(w.must("", "token"), deployer)
	if _, err := os.Stat(w.ADC()); err != nil {
		t.Errorf("without --shred the file went: %v", err)
	}

	key := w.server.KeyADC(pusher)
	r = w.run(string(key), "source", "add", "ci", "--from", "-")
	if r.code != 0 || !strings.Contains(r.stdout, "service_account, "+pusher) {
		t.Fatalf("exit %d, %q, %q", r.code, r.stdout, r.stderr)
	}
	w.noSecret(r.stdout + r.stderr)
	if r := w.run(string(key), "source", "add", "ci", "--from", "-"); r.code != 0 {
		t.Errorf("the same again: exit %d, %q", r.code, r.stderr)
	}
	type list struct{ Sources []identity.Source }
	l := decodeJSON[list](t, w.must("", "source", "list", "--json"))
	want := []identity.Source{{Name: "ci", Type: "service_account", Principal: pusher}, {Name: "work", Type: "authorized_user", Principal: person}}
	if fmt.Sprint(l.Sources) != fmt.Sprint(want) {
		t.Errorf("list: got %v, want %v", l.Sources, want)
	}
	w.noSecret(w.run("", "source", "list").stdout)

	if got := w.must("", "source", "remove", "ci"); got != "removed ci" {
		t.Errorf("remove: %q", got)
	}
	w.fail(exitFailed, "", "source", "remove", "ci")
	if len(ids.docs) != 1 {
		t.Errorf("%d identities are left, want 1", len(ids.docs))
	}
}

func TestSourceAddShred(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	link := filepath.Join(w.Dir, "link.json")
	if err := os.Symlink(w.ADC(), link); err != nil {
		t.Skip(err)
	}
	if line := w.fail(exitFailed, "", "source", "add", "work", "--from", link, "--shred"); !strings.Contains(line, link) {
		t.Errorf("link: %q", line)
	}
	w.fail(exitFailed, "", "source", "add", "work", "--from", w.Dir, "--shred")
	if n := len(w.ids.(*fakeIdentities).docs); n != 0 {
		t.Errorf("a refused file was kept all the same (%d)", n)
	}
	// Another name of the same file shows what was written to it.
	twin := filepath.Join(w.Dir, "twin")
	if err := os.Link(w.ADC(), twin); err != nil {
		t.Skip(err)
	}
	if r := w.run("", "source", "add", "work", "--from", w.ADC(), "--shred"); r.code != 0 {
		t.Fatalf("exit %d, %q", r.code, r.stderr)
	}
	if _, err := os.Lstat(w.ADC()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	b, err := os.ReadFile(twin)
	if err != nil || strings.Trim(string(b), "\x00") != "" || len(b) == 0 {
		t.Errorf("the file was not overwritten: %d bytes, %v", len(b), err)
	}
	w.principal(w.must("", "token", "--service-account", "source", "--source", "keyring:work"), person)
}

// Whose a login is comes with its first token, and is then known without a call.
func TestSourceListPrincipal(t *testing.T) {
	w := newWorld(t)
	w.Keystore(t, "tmpfs")
	w.configure(map[string]section{"iam": {"serviceAccount": deployer, "source": "keyring:work"}})
	if r := w.run("", "source", "add", "work", "--from", w.ADC()); r.code != 0 {
		t.Fatalf("exit %d, %q", r.code, r.stderr)
	}
	type list struct{ Sources []identity.Source }
	if l := decodeJSON[list](t, w.must("", "source", "list", "--json")); l.Sources[0].Principal != "" {
		t.Errorf("before: %+v", l.Sources)
	}
	w.must("", "token")
	w.server.ResetCalls()
	if l := decodeJSON[list](t, w.must("", "source", "list", "--json")); l.Sources[0].Principal != person {
		t.Errorf("after: %+v", l.Sources)
	}
	w.calls(0)
}

// Whatever goes wrong, the file and the keyring stay as they were.
func TestSourceAddRefused(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	original, err := os.ReadFile(w.ADC())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		ids  *fakeIdentities
		want string
	}{
		{&fakeIdentities{err: fmt.Errorf("x: %w", keystore.ErrUnavailable)}, keystore.ErrUnavailable.Error()},
		{&fakeIdentities{err: fmt.Errorf("x: %w", keystore.ErrLocked)}, keystore.ErrLocked.Error()},
		{&fakeIdentities{err: fmt.Errorf("x: %w", keystore.ErrTooBig)}, keystore.ErrTooBig.Error()},
		{&fakeIdentities{err: fmt.Errorf("x: %w", keystore.ErrTimeout)}, keystore.ErrTimeout.Error()},
		{&fakeIdentities{lie: true}, "; run: credential-iam source list\n"},
		{&fakeIdentities{lie: true, docs: map[string]keystore.Secret{"work": keystore.NewSecret("{}")}}, "something other"},
	} {
		w.ids = c.ids
		if line := w.fail(exitFailed, "", "source", "add", "work", "--from", w.ADC(), "--shred", "--force"); !strings.Contains(line, c.want) {
			t.Errorf("%q does not say %q", line, c.want)
		}
		if now, err := os.ReadFile(w.ADC()); err != nil || string(now) != string(original) {
			t.Fatalf("%s: the file was changed", c.want)
		}
	}
	ids := &fakeIdentities{}
	w.ids = ids
	for _, bad := range []string{
		"", "not json", "[]", "null", `{}`, `{"type":"authorized_user"}`, `{"type":"gdch_service_account"}`, `{"type":5}`,
		`{"installed":{"client_id":"x","client_secret":"1//0secret"}}`, `{"type":"authorized_user","client_id":"x"}`,
		`{"type":"authorized_user","client_id":"x","refresh_token":"1//0secret","token_uri":"http://example.com/"}`,
		strings.Repeat(" ", source.MaxDocument) + "{}",
	} {
		w.fail(exitFailed, bad, "source", "add", "work", "--from", "-")
	}
	nothing, none := filepath.Join(w.Dir, "not a thing"), filepath.Join(source.GcloudDir(w.Helper()), "application_default_credentials.json")
	for from, fix := range map[string]string{
		nothing: "ls -ld '" + nothing + "'", w.Dir: "ls -ld " + w.Dir, none: source.LoginADC, "-": "credential-iam source add --help",
	} {
		for _, shred := range []string{"--shred=false", "--shred=true"} {
			if from == "-" && shred == "--shred=true" {
				continue
			}
			if line := w.fail(exitFailed, "", "source", "add", "work", "--from", from, shred); !strings.HasSuffix(line, "; run: "+fix+"\n") {
				t.Errorf("%s: %q does not end in %q", shred, line, fix)
			}
		}
	}
	if len(ids.docs) != 0 {
		t.Error("a bad document was kept")
	}
	w.calls(0)
}

// Another identity of the same name may be the only copy of it.
func TestSourceAddTaken(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	old := keystore.NewSecret("{}")
	ids := &fakeIdentities{docs: map[string]keystore.Secret{"work": old}}
	w.ids = ids
	line := w.fail(exitFailed, "", "source", "add", "work", "--from", w.ADC(), "--shred")
	if !strings.Contains(line, "--force") || !strings.HasSuffix(line, "; run: credential-iam source list\n") {
		t.Errorf("%q", line)
	}
	if _, err := os.Lstat(w.ADC()); err != nil || !ids.docs["work"].Equal(old) {
		t.Errorf("something was changed (%v)", err)
	}
	ids.err = keystore.ErrLocked
	if line := w.fail(exitFailed, "", "source", "add", "work", "--from", w.ADC(), "--shred"); !strings.Contains(line, "locked") {
		t.Errorf("%q", line)
	}
	ids.err = keystoretest.NewFixable(keystore.ErrLocked)
	if line := w.fail(exitFailed, "", "source", "list"); !strings.HasSuffix(line, "; run: open sesame\n") {
		t.Errorf("%q", line)
	}
	ids.err = nil
	if r := w.run("", "source", "add", "work", "--from", w.ADC(), "--force"); r.code != 0 || ids.docs["work"].Equal(old) {
		t.Errorf("--force: exit %d, %q", r.code, r.stderr)
	}
	again := filepath.Join(t.TempDir(), "again.json")
	if err := os.WriteFile(again, w.server.UserADC(person), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := w.run("", "source", "add", "work", "--from", again); r.code != 0 {
		t.Errorf("a new login: exit %d, %q", r.code, r.stderr)
	}
}

// Whoever holds an identity, and not its file or its key, is what a name keeps.
func TestSourceAddHolder(t *testing.T) {
	w := newWorld(t)
	w.configure(nil)
	pool := func(subject, target string) []byte {
		return w.server.ExternalADC(iamtest.ExternalOptions{URL: true, Subject: subject, Target: target})
	}
	with := func(doc []byte, key string, value any) []byte {
		var members map[string]any
		if err := json.Unmarshal(doc, &members); err != nil {
			t.Fatal(err)
		}
		members[key] = value
		b, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	user, key, federated, workforce := w.server.UserADC(person), w.server.KeyADC(pusher), pool("a", ""), w.server.ExternalUserADC("x")
	again := with(user, "refresh_token", "1//0again")
	for _, c := range []struct {
		name     string
		old, doc []byte
		refused  bool
	}{
		{"a new login", user, again, false},
		{"a new login by another client", user, with(again, "client_id", "x.apps.googleusercontent.com"), false},
		{"a new login for another project", user, with(again, "quota_project_id", "other"), false},
		{"the account that is told now", user, with(again, "account", person), false},
		{"another's login", with(user, "account", person), with(user, "account", "else@example.com"), true},
		{"a new key", key, with(key, "private_key_id", "0123"), false},
		{"an old key", key, with(key, "token_uri", w.server.URL+"/o/oauth2/token"), false},
		{"another account's key", key, w.server.KeyADC(deployer), true},
		{"a key for a login", user, key, true},
		{"the same federation, rewritten", federated, with(federated, "note", "x"), false},
		{"another pool", federated, with(federated, "audience", "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/other/providers/p"), true},
		{"another source of the subject", federated, pool("b", ""), true},
		{"another account behind the pool", pool("a", deployer), pool("a", pusher), true},
		{"another pool before the account", pool("a", deployer), with(pool("a", deployer), "audience", "//iam.googleapis.com/other"), true},
		{"a new workforce login", workforce, with(workforce, "refresh_token", "1//0again"), false},
		{"another workforce", workforce, with(workforce, "audience", "//iam.googleapis.com/locations/global/workforcePools/other/providers/p"), true},
		{"a new login before the account", w.server.ImpersonatedADC(user, deployer), w.server.ImpersonatedADC(again, deployer), false},
		{"another account behind the login", w.server.ImpersonatedADC(user, deployer), w.server.ImpersonatedADC(user, pusher), true},
		{"a key before the account", w.server.ImpersonatedADC(user, deployer), w.server.ImpersonatedADC(key, deployer), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.ids = &fakeIdentities{}
			if r := w.run(string(c.old), "source", "add", "work", "--from", "-"); r.code != 0 {
				t.Fatalf("the first: exit %d, %q", r.code, r.stderr)
			}
			r := w.run(string(c.doc), "source", "add", "work", "--from", "-")
			if refused := r.code == exitFailed && strings.HasSuffix(r.stderr, "; run: credential-iam source list\n"); refused != c.refused || !refused && r.code != 0 {
				t.Errorf("exit %d, %q, want refused: %v", r.code, r.stderr, c.refused)
			}
		})
	}
}

// The whole way on a real Secret Service.
func TestSourceSecretService(t *testing.T) {
	t.Parallel()
	session := keystoretest.SecretService(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.configure(map[string]section{"iam": {"serviceAccount": deployer, "source": "keyring:work", "keystore": "keyring"}})
	run := func(want int, args ...string) string {
		t.Helper()
		cmd := exec.Command(exe, args...)
		mode := "1"
		if args[0] == "purge" {
			mode = purgeKeyring
		}
		cmd.Env = append(session, asProgram+"="+mode, "DOCKER_CONFIG="+filepath.Join(w.Dir, ".docker"), "PATH="+os.Getenv("PATH"))
		var log strings.Builder
		cmd.Stderr = &log
		out, _ := cmd.Output()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Fatalf("%q: exit %d, stderr %q", args, code, log.String())
		}
		w.noSecret(log.String())
		return strings.TrimSpace(string(out))
	}
	run(1, "token")
	run(0, "source", "add", "work", "--from", w.ADC(), "--shred")
	if _, err := os.Lstat(w.ADC()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}
	if out := run(0, "source", "list"); !strings.Contains(out, "work  authorized_user") {
		t.Errorf("list: %q", out)
	}
	token := run(0, "token")
	w.principal(token, deployer)
	w.server.ResetCalls()
	if run(0, "token") != token {
		t.Error("the second token is another one")
	}
	w.calls(0)
	if out := run(0, "purge"); !strings.Contains(out, "keyring: ") || strings.Contains(out, "keyring: 0") {
		t.Errorf("purge: %q", out)
	}
	if run(0, "token") == token {
		t.Error("the token was not forgotten")
	}
	run(0, "source", "remove", "work")
	run(1, "token")
}
