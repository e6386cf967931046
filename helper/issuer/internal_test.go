package issuer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

const cert = "MIICMTCCAZKgAwIBAgIQCxEIbTWcLiuVfJBkwMPiXzAKBggqhkjOPQQDBDAoMRUw"

// All options that are missing are in the command that sets them, not the first alone.
func TestMissingOptions(t *testing.T) {
	t.Parallel()
	takes := []Option{{Name: "tenantId", Required: true}, {Name: "scope"}, {Name: "clientId", Required: true}}
	for want, options := range map[string]map[string]string{
		"--option tenantId=VALUE --option clientId=VALUE": nil,
		"--issuer acr --option clientId=VALUE":            {"tenantId": "x"},
	} {
		var e *helper.Error
		err := checkOptions("acr", "x.azurecr.io", takes, options)
		if !errors.As(err, &e) || e.Code != "bad-option" || !strings.HasSuffix(e.Hint, want) {
			t.Errorf("%v: %v", options, err)
		}
	}
	if err := checkOptions("acr", "x.azurecr.io", takes, map[string]string{"tenantId": "x", "clientId": "y"}); err != nil {
		t.Error(err)
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		line, want string
		who        helper.Who
	}{
		{"1|1|unix|/tmp/x|grpc|" + cert + "\n", "", ""},
		{"1|1|unix|/tmp/x|grpc|" + cert + "|true\n", "", ""},
		{"1|1|unix|/tmp/x|grpc|" + cert, "wrote", helper.PluginAuthor}, // cut off
		{"1|1|unix\n", "wrote", helper.PluginAuthor},
		{"one|1|unix|/tmp/x|grpc|\n", "wrote", helper.PluginAuthor},
		{"1|99999999999999999999|unix|/tmp/x|grpc|\n", "wrote", helper.PluginAuthor},
		{"2|1|unix|/tmp/x|grpc|" + cert + "\n", "version 2 of go-plugin's", helper.PluginAuthor},
		{"1|7|unix|/tmp/x|grpc|" + cert + "\n", "version 7 of the issuer protocol", helper.User},
		{"1|-1|unix|/tmp/x|grpc|" + cert + "\n", "version -1 of the issuer protocol", helper.PluginAuthor},
		{"1|1|unix|/tmp/x\n", "gRPC", helper.PluginAuthor},
		{"1|1|unix|/tmp/x|netrpc|" + cert + "\n", "gRPC", helper.PluginAuthor},
		{"1|1|unix|/tmp/x|grpc|extra\n", "certificate", helper.PluginAuthor},
	}
	for _, tt := range tests {
		got, who := judge(tt.line, strings.HasSuffix(tt.line, "\n"))
		if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") || who != tt.who {
			t.Errorf("%q: %q by %q, want %q by %q", tt.line, got, who, tt.want, tt.who)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add("1|1|unix|/tmp/x|grpc|"+cert+"\n", true)
	f.Add("|||||||", false)
	f.Fuzz(func(t *testing.T, line string, whole bool) {
		reason, who := judge(line, whole)
		if (reason == "") != (who == "") || strings.ContainsAny(reason, "\n\x1b\x00") || len(reason) > 400 {
			t.Errorf("%q: %q by %q", line, reason, who)
		}
	})
}

// TestGreeting: the first line goes through, whatever its pieces, and no more.
func TestGreeting(t *testing.T) {
	t.Parallel()
	line := "1|1|unix|/tmp/x|grpc|" + cert + "\n"
	for _, r := range []io.Reader{
		strings.NewReader(line + "more\nand more"),
		iotest.OneByteReader(strings.NewReader(line + "more")),
		iotest.HalfReader(strings.NewReader(line)),
	} {
		g := &greeting{r: io.NopCloser(r)}
		got, err := io.ReadAll(g)
		if reason, _ := g.judge(); err != nil || string(got) != line || reason != "" {
			t.Errorf("%q, %v, %q", got, err, reason)
		}
	}
	g := &greeting{r: io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20)))}
	got, err := io.ReadAll(g)
	if reason, _ := g.judge(); err != nil || len(got) != maxGreeting || reason == "" {
		t.Errorf("%d bytes, %v, %q", len(got), err, reason)
	}
	g = &greeting{r: io.NopCloser(strings.NewReader(""))}
	if _, err := io.ReadAll(g); err != nil {
		t.Error(err)
	}
	if reason, _ := g.judge(); reason != "" {
		t.Errorf("nothing was written, judged %q", reason)
	}
}

func TestWithheld(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_CONFIG", "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
		"GCE_METADATA_HOST", "CREDENTIAL_IAM_LOG", "HOME", "USERPROFILE", "XDG_RUNTIME_DIR", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PLUGIN_CLIENT_CERT",
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
		"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_PASSWORD", "AZURE_CONFIG_DIR",
		"ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_TOKEN", "CI_JOB_TOKEN", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "google_application_credentials", "KUBECONFIG",
		// One for each rule, which no other rule withholds.
		"GCLOUD_PROJECT", "GCP_PROJECT", "DOCKER_CONFIG", "GIT_ASKPASS", "ACTIONS_RUNTIME_URL", "CI_PROJECT_ID", "VAULT_ADDR", "APPDATA", "LOCALAPPDATA", "NETRC", "AWS_DEFAULT_PROFILE",
		"MY_SECRET", "MY_TOKEN", "MY_PASSWD", "MY_CREDENTIAL", "MY_ACCESS_KEY", "MY_API_KEY", "MY_PRIVATE", "MY_CLIENT_CERT", "MY_SESSION", "MY_AUTHORIZATION",
	} {
		if !withheld(name) {
			t.Errorf("%s would be handed to a plugin", name)
		}
	}
	for _, name := range []string{
		"AWS_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT", "AZURE_AUTHORITY_HOST",
		"HTTPS_PROXY", "https_proxy", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "PATH", "TZ",
	} {
		if withheld(name) {
			t.Errorf("%s is withheld", name)
		}
	}
}

func TestDeclared(t *testing.T) {
	t.Parallel()
	environ := []string{"AWS_REGION=eu", "AWS_SECRET_ACCESS_KEY=x", "AWSX=1", "HTTPS_PROXY=p=q", "=C:=C:\\", "odd", "EMPTY="}
	env, kept, err := declared([]string{"AWS_*", "HTTPS_PROXY", "EMPTY", "UNSET"}, environ)
	want := map[string]string{"AWS_REGION": "eu", "HTTPS_PROXY": "p=q", "EMPTY": ""}
	if err != nil || !cmp.Equal(env, want) || !cmp.Equal(kept, []string{"AWS_SECRET_ACCESS_KEY"}) {
		t.Errorf("%v, %v, %v", env, kept, err)
	}
	for _, p := range []string{"", "*", "A*", "A_B*C", "*_X", "A=B", "1A", "A B", "Ä"} {
		if _, _, err := declared([]string{p}, environ); err == nil {
			t.Errorf("%q is taken for a pattern", p)
		}
	}
}

func TestByHand(t *testing.T) {
	t.Parallel()
	d := Description{Protocol: 1}
	Needs("roleArn", "the role")(&d)
	var out, errs bytes.Buffer
	if code := byHand([]string{"/x/credential-iam-issuer-ecr", "--describe"}, d, &out, &errs); code != 0 || errs.Len() != 0 {
		t.Errorf("exit %d, %s", code, &errs)
	}
	var got Description
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.Name != "ecr" || !cmp.Equal(got.Options, d.Options) {
		t.Errorf("%+v, %v", got, err)
	}
	out.Reset()
	if code := byHand([]string{"credential-iam-issuer-ecr"}, d, &out, &errs); code != 2 || out.Len() != 0 || !strings.Contains(errs.String(), "--describe") {
		t.Errorf("exit %d, %s%s", code, &out, &errs)
	}
}

// What a person configures is checked by what the plugin declares; a pin is no option of
// the plugin's.
func TestCheckOptions(t *testing.T) {
	d := Description{Name: "ecr", Options: []Option{{Name: "roleArn", Required: true}, {Name: "region"}}}
	for want, options := range map[string]map[string]string{
		"":               {"roleArn": "x", pinOption: "0123"},
		"issuer.roleArn": {"rolArn": "x"},
		"it needs":       {"region": "x"},
	} {
		err := d.CheckOptions("r.example.com", options)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %q", options, err, want)
		}
	}
}

// What was opened is what was looked at, and is looked at again.
func TestOpenedIsChecked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes")
	}
	dir := t.TempDir()
	stat := func(name string, mode os.FileMode) (*os.File, os.FileInfo) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, nil, 0o700), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		st, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		return f, st
	}
	good, before := stat("good", 0o755)
	other, _ := stat("other", 0o755)
	open, loose := stat("open", 0o777)
	for name, c := range map[string]struct {
		file   *os.File
		before os.FileInfo
		ok     bool
	}{"the same": {good, before, true}, "another": {other, before, false}, "open to others now": {open, loose, false}} {
		o := &opened{path: c.file.Name(), file: c.file}
		if err := o.check("x", c.before, "", false); (err == nil) != c.ok {
			t.Errorf("%s: %v, want trust %v", name, err, c.ok)
		}
	}
}

// TestExpiry: what is no time is no expiry, however far it is from now.
func TestExpiry(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	for name, c := range map[string]struct {
		expires *timestamppb.Timestamp
		reason  string
	}{
		"later": {timestamppb.New(now.Add(time.Second)), ""}, "now": {timestamppb.New(now), "expired"}, "none": {nil, "without an expiry"},
		"zero": {&timestamppb.Timestamp{}, "without an expiry"}, "no year": {&timestamppb.Timestamp{Seconds: 1 << 60}, "without an expiry"},
		"no part of a second": {&timestamppb.Timestamp{Seconds: now.Unix() + 9, Nanos: -1}, "without an expiry"},
	} {
		token, err := checkCredential(&issuerpb.Credential{Host: "h", Secret: "s3cret", Expires: c.expires}, "h", now)
		if (err == nil) != (c.reason == "") || err != nil && (!strings.Contains(err.Error(), c.reason) || !token.Secret.Empty()) {
			t.Errorf("%s: %+v, %v, want %q", name, token, err, c.reason)
		}
	}
}

// TestHandedOver: what the identity gave is in no later line.
func TestHandedOver(t *testing.T) {
	t.Parallel()
	s := &servedIdentity{journal: newJournal("x", nil)}
	_, err1 := s.token(Token{Secret: NewSecret("t0ken-of-the-test")}, nil)
	_, err2 := s.signature(Signature{Signed: []byte("s1gned-by-the-test")}, nil)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if got, want := s.journal.clean("t0ken-of-the-test, s1gned-by-the-test", 99), "REDACTED, REDACTED"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
