package issuer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

func TestIssue(t *testing.T) {
	t.Parallel()
	id := issuertest.NewIdentity(t)
	before := time.Now()
	token, err := ask(t, "good", nil, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := id.Verify(token.Secret.Reveal(), "https://"+host)
	if err != nil || claims.Email != id.Email {
		t.Errorf("claims %v, %v", claims, err)
	}
	if token.Username != "u" || token.Bearer || token.Issued.Before(before) || token.Expires.Before(before.Add(50*time.Minute)) {
		t.Errorf("token %+v", token)
	}
}

func TestIssueBearer(t *testing.T) {
	t.Parallel()
	token, err := ask(t, "bearer", nil, issuertest.NewIdentity(t), 0)
	if err != nil || !token.Bearer || token.Username != "" || token.Secret.Reveal() != "s3cret" {
		t.Errorf("%+v, %v", token, err)
	}
	token, err = ask(t, "largest", nil, issuertest.NewIdentity(t), 0)
	if err != nil || len(token.Secret.Reveal()) != 16<<10 {
		t.Errorf("largest: %d bytes, %v", len(token.Secret.Reveal()), err)
	}
}

func TestIdentityMethods(t *testing.T) {
	t.Parallel()
	id := issuertest.NewIdentity(t)
	token, err := ask(t, "methods", nil, id, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Access, ID, JWT string
		Blob            []byte
		Keys            []string
		Life            float64
	}
	if err := json.Unmarshal([]byte(token.Secret.Reveal()), &got); err != nil {
		t.Fatal(err)
	}
	if _, err := id.Verify(got.ID, "aud"); err != nil {
		t.Error(err)
	}
	if want := []string{"AccessToken scope-a scope-b", "IDToken aud", "SignBlob", "SignJWT"}; !cmp.Equal(id.Calls(), want) {
		t.Error(cmp.Diff(want, id.Calls()))
	}
	want, err := id.SignBlob(context.Background(), []byte("blob\x00"))
	if err != nil || !cmp.Equal(got.Blob, want.Signed) || got.Keys[0] != want.KeyID {
		t.Errorf("blob %x by %q, want %x", got.Blob, got.Keys, want.Signed)
	}
	if strings.Count(got.JWT, ".") != 2 || !strings.HasPrefix(got.Access, "ya29.") || got.Life < 3000 {
		t.Errorf("%+v", got)
	}
}

// TestWorld looks at what a plugin sees: nothing of ours but what it declared.
func TestWorld(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL_STS", "process") // ours, and not in Environ
	id := issuertest.NewIdentity(t)
	environ := []string{
		"AWS_REGION=eu-west-1", "AWS_CA_BUNDLE=/ca", "AWS_SECRET_ACCESS_KEY=x1", "AWS_ACCESS_KEY_ID=x2",
		"AWS_SESSION_TOKEN=x3", "AWS_WEB_IDENTITY_TOKEN_FILE=x4", "AWS_SHARED_CREDENTIALS_FILE=x5", "AWS_CONFIG_FILE=x6",
		"AWS_PROFILE=x7", "GOOGLE_APPLICATION_CREDENTIALS=x8", "GOOGLE_CLOUD_PROJECT=x9", "HOME=x10", "PATH=x11",
		"HTTPS_PROXY=http://user:pass@proxy:1", "CLOUDSDK_CONFIG=x12", "CREDENTIAL_IAM_LOG=debug", "SSL_CERT_FILE=/ca2",
	}
	target := issuertest.Target("world", host, map[string]string{"colour": "red", "sha256": ""})
	target.Path = "team/app"
	token, err := issuertest.Run(t, pluginDir(t, "world"), target, id, environ...)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Env     []string
		Dir     string
		Args    []string
		Request issuer.Request
		Three   int
		Sockets string
	}
	if err := json.Unmarshal([]byte(token.Secret.Reveal()), &got); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, kv := range got.Env {
		name, value, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "PLUGIN_") && name != "CREDENTIAL_IAM_ISSUER" && name != "SystemRoot" {
			names = append(names, name+"="+value)
		}
	}
	slices.Sort(names)
	want := []string{"AWS_CA_BUNDLE=/ca", "AWS_REGION=eu-west-1", "HTTPS_PROXY=http://user:pass@proxy:1", "SSL_CERT_FILE=/ca2"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error("environment", diff)
	}
	wantRequest := issuer.Request{
		Protocol: "https", Host: host, Path: "team/app", ServiceAccount: "pusher@project.iam.gserviceaccount.com",
		Options: map[string]string{"colour": "red"},
	}
	if diff := cmp.Diff(wantRequest, got.Request); diff != "" {
		t.Error("request", diff)
	}
	if len(got.Args) != 1 || !filepath.IsAbs(got.Args[0]) {
		t.Errorf("args %q", got.Args)
	}
	if runtime.GOOS != "windows" && (got.Dir != "/" || got.Sockets != "drwx------") {
		t.Errorf("working directory %q, sockets in a folder of mode %s", got.Dir, got.Sockets)
	}
}

func TestMisbehaviour(t *testing.T) {
	t.Parallel()
	slow := 700 * time.Millisecond
	tests := []struct {
		name    string
		who     helper.Who
		code    string
		reason  string // what in the reason is no prose
		timeout time.Duration
	}{
		{name: "crash-start", who: helper.PluginAuthor, code: "plugin-broken", reason: "(exit status 3)"},
		{name: "hang-start", who: helper.PluginAuthor, code: "plugin-timeout", reason: "700ms", timeout: slow},
		{name: "hang-describe", who: helper.PluginAuthor, code: "plugin-timeout", reason: "700ms", timeout: slow},
		{name: "hang", who: helper.PluginAuthor, code: "plugin-timeout", reason: "700ms", timeout: slow},
		{name: "garbage", who: helper.PluginAuthor, code: "plugin-handshake", reason: `"Hello, I am a plugin!"`},
		{name: "flood", who: helper.PluginAuthor, code: "plugin-handshake", reason: `"xxxx`},
		{name: "binary", who: helper.PluginAuthor, code: "plugin-handshake", reason: `"[31m"`},
		{name: "greeting-v2", who: helper.PluginAuthor, code: "plugin-handshake", reason: "version 2 of go-plugin's"},
		{name: "version2", who: helper.User, code: "plugin-handshake", reason: "version 2 of the issuer protocol"},
		{name: "version0", who: helper.PluginAuthor, code: "plugin-handshake", reason: "version 0 of the issuer protocol"},
		{name: "netrpc", who: helper.PluginAuthor, code: "plugin-handshake", reason: "gRPC"},
		{name: "nocert", who: helper.PluginAuthor, code: "plugin-handshake", reason: "certificate"},
		{name: "badcert", who: helper.PluginAuthor, code: "plugin-broken", reason: "handshake"},
		{name: "elsewhere", who: helper.PluginAuthor, code: "plugin-broken", reason: `"127.0.0.1:1"`},
		{name: "noissuer", who: helper.PluginAuthor, code: "plugin-broken", reason: "credentialiam.issuer.v1.Issuer"},
		{name: "crash", who: helper.PluginAuthor, code: "plugin-crash", reason: "(exit status 2)"},
		{name: "exit", who: helper.PluginAuthor, code: "plugin-crash", reason: "(exit status 0)"},
		{name: "otherhost", who: helper.PluginAuthor, code: "plugin-broken", reason: `"evil.example.com"`},
		{name: "nohost", who: helper.PluginAuthor, code: "plugin-broken", reason: `""`},
		{name: "nothing", who: helper.PluginAuthor, code: "plugin-broken", reason: "nothing"},
		{name: "flagged", who: helper.PluginAuthor, code: "plugin-broken", reason: "reason"},
		{name: "huge", who: helper.PluginAuthor, code: "plugin-broken", reason: "65536"},
		{name: "oversized", who: helper.PluginAuthor, code: "plugin-broken", reason: "16385"},
		{name: "expired", who: helper.PluginAuthor, code: "plugin-broken", reason: "1m3"},
		{name: "noexpiry", who: helper.PluginAuthor, code: "plugin-broken", reason: "expiry"},
		{name: "empty", who: helper.PluginAuthor, code: "plugin-broken", reason: "secret"},
		{name: "control", who: helper.PluginAuthor, code: "plugin-broken", reason: "control"},
		{name: "delete", who: helper.PluginAuthor, code: "plugin-broken", reason: "control"},
		{name: "user-colon", who: helper.PluginAuthor, code: "plugin-broken", reason: "colon"},
		{name: "user-line", who: helper.PluginAuthor, code: "plugin-broken", reason: "colon"},
		{name: "user-long", who: helper.PluginAuthor, code: "plugin-broken", reason: "2000"},
		{name: "greedy", who: helper.PluginAuthor, code: "plugin-broken", reason: `"*"`},
		{name: "plain", who: helper.PluginAuthor, code: "plugin-broken", reason: "the moon is [31mfull"},
		{name: "loop", who: helper.PluginAuthor, code: "plugin-broken", reason: "identity"},
		{name: "user", who: helper.User, code: "issuer", reason: "no region"},
		{name: "admin", who: helper.Admin, code: "issuer", reason: "role does not trust you"},
	}
	id := issuertest.NewIdentity(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			token, err := ask(t, tt.name, nil, id, tt.timeout)
			e := problem(t, err)
			t.Log(e)
			if e.Who != tt.who || e.Code != tt.code || !strings.Contains(e.Reason, tt.reason) {
				t.Errorf("fault of %q: %q; want %q: %q", e.Who, e.Reason, tt.who, tt.reason)
			}
			if !token.Secret.Empty() || strings.Contains(e.Error(), "s3cret") || strings.ContainsAny(e.Error(), "\n\x1b") {
				t.Errorf("token %+v, error %q", token, e)
			}
			if e.Hint == "" || !strings.HasPrefix(e.Error(), `get credential for "registry.example.com": `) {
				t.Errorf("error %q without a hint or an object", e)
			}
			if took := time.Since(began); tt.timeout > 0 && took > tt.timeout+time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
}

// TestIdentityFails: the person gets Google's own reason, not the plugin's copy.
func TestIdentityFails(t *testing.T) {
	t.Parallel()
	id := issuertest.NewIdentity(t)
	want := &helper.Error{
		Who: helper.Admin, Op: "sign with", Object: "pusher", Reason: "permission denied", Hint: "gcloud x", Code: "permission-denied", Unreachable: true,
	}
	id.Err = want
	if _, err := ask(t, "identity", nil, id, 0); problem(t, err) != want {
		t.Errorf("got %v, want the identity's own error", err)
	}
	_, err := ask(t, "swallow", nil, id, 0)
	if e := problem(t, err); e.Who != helper.User || !strings.Contains(e.Reason, "no luck: sign with pusher: permission denied; run gcloud x") {
		t.Errorf("got %v", e)
	}
}

// TestIdentityHangs: the service that was waited for is named, not the plugin.
func TestIdentityHangs(t *testing.T) {
	t.Parallel()
	id := issuertest.NewIdentity(t)
	id.Wait = time.Hour
	_, err := ask(t, "good", nil, id, 10*time.Second)
	if e := problem(t, err); !e.Unreachable || e.Who == helper.PluginAuthor || !strings.Contains(e.Reason, "IAM Credentials API did not answer within the 10s of issuer good") {
		t.Errorf("got %+v", e)
	}
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	h, err := issuer.Open(ctx, "hang-start", issuertest.Options(t, pluginDir(t, "hang-start")))
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, cancel)
	began := time.Now()
	_, err = h.Issue(ctx, issuertest.Target("hang-start", host, nil), issuertest.NewIdentity(t))
	if e := problem(t, err); e.Code != "canceled" || time.Since(began) > time.Minute {
		t.Errorf("%v after %s", e, time.Since(began))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	id := issuertest.NewIdentity(t)
	for _, tt := range []struct {
		options map[string]string
		want    string
	}{
		{map[string]string{"roleArn": "a", "region": "b"}, ""},
		{map[string]string{"roleArn": "a", "rolearn": "b"}, "issuer.rolearn"},
		{map[string]string{"region": "b"}, "issuer.roleArn"},
	} {
		_, err := ask(t, "options", tt.options, id, 0)
		if tt.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if e := problem(t, err); e.Who != helper.User || !strings.Contains(e.Reason, tt.want) || !strings.Contains(e.Hint, "--option roleArn=") {
			t.Errorf("%v: %v", tt.options, e)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	dir := pluginDir(t, "options", "good")
	h, err := issuer.Open(context.Background(), "options", issuertest.Options(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	d, err := h.Describe(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := []issuer.Option{{Name: "roleArn", Meaning: "the role", Required: true}, {Name: "region", Meaning: "the region"}}
	if diff := cmp.Diff(want, d.Options); diff != "" || d.Name != "options" || d.Protocol != 1 || len(d.SHA256) != 64 || d.Path != h.Path() || d.Start <= 0 {
		t.Errorf("%+v %s", d, diff)
	}
	t.Logf("start to description: %s", d.Start)
}

// TestPrinted: what a plugin prints is for the debug log, cleaned and bounded.
func TestPrinted(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lines []string
	o := issuertest.Options(t, pluginDir(t, "chatty", "tattletale"))
	o.Env.Log = func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, fmt.Sprintf(format, args...))
	}
	h, err := issuer.Open(context.Background(), "chatty", o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Issue(context.Background(), issuertest.Target("chatty", host, nil), issuertest.NewIdentity(t)); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	text := strings.Join(lines, "\n")
	if !strings.Contains(text, "got [31mREDACTED") || !strings.Contains(text, "jwt REDACTED end") {
		t.Errorf("log:\n%s", text[:min(len(text), 500)])
	}
	if strings.Contains(text, "ya29.") || strings.Contains(text, "eyJ") || strings.Contains(text, "\x1b") || len(lines) > 210 || len(text) > 200*500 {
		t.Errorf("a secret, a control byte or too much: %d lines, %d bytes", len(lines), len(text))
	}
}

func TestSecretInError(t *testing.T) {
	t.Parallel()
	_, err := ask(t, "tattletale", nil, issuertest.NewIdentity(t), 0)
	if e := problem(t, err); strings.Contains(e.Error(), "ya29") || !strings.Contains(e.Reason, "bad token REDACTED") || e.Hint != "curl -H REDACTED" {
		t.Errorf("error %q", e)
	}
}

func TestMinterFingerprint(t *testing.T) {
	t.Parallel()
	token, err := issuertest.Run(t, pluginDir(t, "good"), issuertest.Target("good", host, nil), fingerprinted{issuertest.NewIdentity(t)})
	if err != nil || token.Fingerprint != "abc" {
		t.Errorf("%+v, %v", token, err)
	}
}

type fingerprinted struct{ *issuertest.Identity }

func (fingerprinted) Fingerprint() string { return "abc" }

// TestManyAtOnce: plugins side by side do not hinder each other.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := pluginDir(t, "good")
	id := issuertest.NewIdentity(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := issuertest.Run(t, dir, issuertest.Target("good", host, nil), id); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkIssue(b *testing.B) {
	dir := pluginDir(b, "good")
	id := issuertest.NewIdentity(b)
	o := issuertest.Options(b, dir)
	o.Env.Log = nil
	h, err := issuer.Open(context.Background(), "good", o)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := h.Issue(context.Background(), issuertest.Target("good", host, nil), id); err != nil {
			b.Fatal(err)
		}
	}
}
