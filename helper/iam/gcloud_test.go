package iam

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
)

// fakeGcloud puts a gcloud on PATH that writes down how it was called.
func (w *world) fakeGcloud(body string) {
	w.Helper()
	w.script("gcloud", `echo "$*|$CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT|${CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT+set}|$CLOUDSDK_CONFIG" >> `+
		filepath.Join(w.dir, "calls")+"\n"+body)
	w.Setenv("PATH", w.dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func (w *world) gcloudCalls() []string {
	raw, _ := os.ReadFile(filepath.Join(w.dir, "calls"))
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}

func TestGcloud(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	t.Setenv("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT", "evil@p.iam.gserviceaccount.com")
	token := w.s.AccessToken(alice, time.Hour)
	w.spy.add(token)
	w.fakeGcloud("echo " + token)
	target := w.sourceTarget(helper.Source{Kind: "gcloud", Name: alice, Path: w.dir, Fingerprint: "f"}, deployer)
	for range 3 {
		w.c = w.client()
		w.wantPrincipal(w.mint(target), deployer)
	}
	calls := w.gcloudCalls()
	if len(calls) != 1 || calls[0] != "auth print-access-token "+alice+" --quiet||set|"+w.dir {
		t.Errorf("gcloud was called as %q", calls)
	}
	w.calls(3)
	// The kept token dies early: gcloud is asked for a new one, once.
	w.s.RevokeToken(token)
	fresh := w.s.AccessToken(alice, time.Hour)
	w.fakeGcloud(`case "$*" in *--force-auth-refresh*) echo '{"credential":{"access_token":"` + fresh + `","token_expiry":"` +
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339) + `"}}';; *) exit 1;; esac`)
	w.wantPrincipal(w.mint(target), deployer)
	w.noSecrets()
}

// A fresh machine of a CI system has no folder of gcloud's, and what gcloud is to
// use in the environment.
func TestGcloudFresh(t *testing.T) {
	w := newWorld(t)
	w.s.Grant(alice, iamtest.RoleTokenCreator, deployer)
	token := w.s.AccessToken(alice, time.Hour)
	w.spy.add(token)
	w.env["CLOUDSDK_CONFIG"] = filepath.Join(w.dir, "not", "there")
	for name, value := range map[string]string{
		"CLOUDSDK_AUTH_ACCESS_TOKEN":             token,
		"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": w.file("login.json", w.s.UserADC(alice)),
		"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE":        w.file("token", []byte(token)),
	} {
		t.Run(name, func(t *testing.T) {
			w.env[name] = value
			defer delete(w.env, name)
			t.Setenv(name, value)
			w.fakeGcloud(`[ -n "$` + name + `" ] && echo ` + token)
			found, err := source.Finder{Env: w.c.env, Gcloud: func() source.Gcloud { return source.ReadGcloud(w.c.env) }}.Find(t.Context(), "gcloud")
			if err != nil || found.Fingerprint == "" {
				t.Fatalf("found %+v, %v", found, err)
			}
			w.wantPrincipal(w.mint(w.sourceTarget(found, deployer)), deployer)
			w.noSecrets()
		})
	}
}

// A variable that decides gcloud's token still does so after a sign-in.
func TestGcloudOverridden(t *testing.T) {
	for _, c := range []struct {
		account, gcloud string
		env             map[string]string
		hint            string
	}{
		{alice, "echo bogus", map[string]string{"CLOUDSDK_AUTH_ACCESS_TOKEN": "bogus"}, "unset CLOUDSDK_AUTH_ACCESS_TOKEN"},
		{alice, "echo 'ERROR: (x) no file' >&2; exit 1", map[string]string{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": "/nowhere"}, "unset CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"},
		{alice, "echo 'ERROR: (x) no file' >&2; exit 1", map[string]string{"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": "/nowhere"}, "unset CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"},
		{"", "exit 1", map[string]string{"CLOUDSDK_AUTH_ACCESS_TOKEN_FILE": "/nowhere", "CLOUDSDK_AUTH_ACCESS_TOKEN": "x"}, "unset CLOUDSDK_AUTH_ACCESS_TOKEN CLOUDSDK_AUTH_ACCESS_TOKEN_FILE && gcloud auth login"},
		{alice, "exit 1", nil, "gcloud auth login " + alice},
	} {
		t.Run(c.hint, func(t *testing.T) {
			w := newWorld(t)
			for name, value := range c.env {
				w.env[name] = value
			}
			w.fakeGcloud(c.gcloud)
			e := w.wantError(w.sourceTarget(helper.Source{Kind: "gcloud", Name: c.account}, deployer), "sign-in")
			if e.Who != helper.User || e.Hint != c.hint {
				t.Errorf("who %q, hint %q, want %q: %v", e.Who, e.Hint, c.hint, e)
			}
		})
	}
}

func TestGcloudOwnToken(t *testing.T) {
	w := newWorld(t)
	token := w.s.AccessToken(alice, time.Hour)
	end := time.Now().Add(47 * time.Minute).Truncate(time.Second)
	w.fakeGcloud(`case "$*" in config*) echo '{"credential":{"access_token":"` + token + `","token_expiry":"` +
		end.UTC().Format(time.RFC3339) + `"}}';; *) echo wrong;; esac`)
	target := w.sourceTarget(helper.Source{Kind: "gcloud", Name: alice}, "")
	tok := w.mint(target)
	w.wantPrincipal(tok, alice)
	if !tok.Expires.Equal(end) {
		t.Errorf("expires %s, want gcloud's own %s", tok.Expires, end)
	}
	// A gcloud that does not tell the end vouches for five minutes.
	w.fakeGcloud(`case "$*" in config*) exit 2;; *) echo ` + token + `;; esac`)
	if left := time.Until(w.mint(target).Expires); left > gcloudLeast {
		t.Errorf("expires in %s, gcloud vouches for %s", left, gcloudLeast)
	}
}

func TestGcloudErrors(t *testing.T) {
	w := newWorld(t)
	target := w.sourceTarget(helper.Source{Kind: "gcloud", Name: alice, Fingerprint: "f"}, deployer)
	w.fakeGcloud(`echo "ERROR: (gcloud.auth.print-access-token) There was a problem refreshing your current auth tokens: Reauthentication failed. ya29.secretsecret cannot prompt" >&2
echo "Please run:" >&2; exit 1`)
	e := w.wantError(target, "sign-in", "There was a problem refreshing", "gcloud auth login "+alice)
	if strings.Contains(e.Error(), "ya29.") || e.Unreachable {
		t.Errorf("%v", e)
	}
	w.fakeGcloud(`echo "ERROR: (gcloud.auth.print-access-token) There was a problem refreshing auth tokens: HTTPSConnectionPool(host='oauth2.googleapis.com', port=443): Max retries exceeded" >&2; exit 1`)
	if e := w.wantError(target, "unreachable", "Max retries"); !e.Unreachable {
		t.Errorf("not unreachable: %v", e)
	}
	w.fakeGcloud(`exit 7`)
	w.wantError(target, "sign-in", "exit status 7")
	w.fakeGcloud(`echo`)
	w.wantError(target, "bad-source", "no usable token")
	for _, name := range []string{"--impersonate-service-account=x", "a&calc@b.c", "a b", "a\nb"} {
		target.Source.Name = name
		w.wantError(target, "sign-in", "not a name")
	}
	t.Setenv("PATH", t.TempDir())
	target.Source.Name = alice
	w.wantError(target, "sign-in", "gcloud is not on PATH")
}

// TestRealGcloud has the installed gcloud as the source, configured to
// impersonate, and compares what both do with the same stand-in.
func TestRealGcloud(t *testing.T) {
	if testing.Short() {
		t.Skip("gcloud itself is for make test")
	}
	gcloud, err := exec.LookPath("gcloud")
	if err != nil {
		t.Skip("gcloud is not installed")
	}
	w := newWorld(t)
	w.c.limits = limits{total: 30 * time.Second, attempt: 25 * time.Second, firstPause: time.Millisecond, attempts: 5}
	w.s.Grant(alice, iamtest.RoleTokenCreator, middle)
	w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
	dir := t.TempDir()
	for name, value := range map[string]string{
		"CLOUDSDK_CONFIG": dir, "HOME": dir, "CLOUDSDK_AUTH_TOKEN_HOST": w.s.URL + "/token",
		"CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS": w.s.Endpoint(), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
		"CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true", "CLOUDSDK_CORE_CHECK_GCE_METADATA": "false",
		"CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": "", "GOOGLE_APPLICATION_CREDENTIALS": "",
	} {
		t.Setenv(name, value)
	}
	if os.Getenv("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE") == "" {
		os.Unsetenv("CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE")
	}
	adc := w.file("login.json", w.s.UserADC(alice))
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(gcloud, args...)
		var errs strings.Builder
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil {
			t.Skipf("gcloud %v does not work here: %v: %s", args, err, errs.String())
		}
		return strings.TrimSpace(string(out))
	}
	run("config", "set", "auth/credential_file_override", adc, "--quiet")
	run("config", "set", "auth/impersonate_service_account", middle+","+deployer, "--quiet")

	theirs := run("auth", "print-access-token", "--quiet")
	if got, _ := w.s.Principal(theirs); got != deployer {
		t.Fatalf("gcloud's token is of %q, want %q: the set-up is wrong", got, deployer)
	}
	call := last(w.s.Log("generateAccessToken"))
	w.s.ResetCalls()

	// Ours: gcloud gives its account's own token, though its property says else.
	account := helper.Source{Kind: "gcloud", Path: dir, Fingerprint: "f"}
	target := w.sourceTarget(account, deployer, middle)
	w.wantPrincipal(w.mint(target), deployer)
	ours := last(w.s.Log("generateAccessToken"))
	if ours.Principal != alice {
		t.Errorf("called as %q: gcloud's impersonation was not off", ours.Principal)
	}
	if n := w.s.Calls("generateAccessToken"); n != 1 {
		t.Errorf("%d impersonations, want 1", n)
	}
	same := func(c iamtest.Call) string {
		raw, _ := json.Marshal([]any{c.Principal, c.Target, c.Delegates, c.Lifetime, c.Path})
		return string(raw)
	}
	if same(ours) != same(call) {
		t.Errorf("our call %s, gcloud's %s", same(ours), same(call))
	}
	w.s.ResetCalls()
	w.c = w.client()
	w.wantPrincipal(w.mint(target), deployer)
	w.calls(1) // gcloud makes two each time
	w.c.limits = limits{total: 30 * time.Second, attempt: 25 * time.Second, firstPause: time.Millisecond, attempts: 5}
	own := w.mint(w.sourceTarget(account, ""))
	w.wantPrincipal(own, alice)
	if left := time.Until(own.Expires); left < 44*time.Minute || left > 61*time.Minute {
		t.Errorf("own token expires in %s", left)
	}
	// A fresh machine: no folder of gcloud's, and a token in the environment.
	w.env["CLOUDSDK_CONFIG"] = filepath.Join(dir, "not there")
	w.env["CLOUDSDK_AUTH_ACCESS_TOKEN"] = w.s.AccessToken(alice, time.Hour)
	for name, value := range w.env {
		t.Setenv(name, value)
	}
	found, err := source.Finder{Env: w.c.env, Gcloud: func() source.Gcloud { return source.ReadGcloud(w.c.env) }}.Find(t.Context(), "gcloud")
	if err != nil {
		t.Fatal(err)
	}
	w.wantPrincipal(w.mint(w.sourceTarget(found, deployer, middle)), deployer)
	w.noSecrets()
}

func last(calls []iamtest.Call) iamtest.Call {
	if len(calls) == 0 {
		return iamtest.Call{}
	}
	return calls[len(calls)-1]
}
