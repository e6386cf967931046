package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/pluginpush"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/issuer/issuertest"
)

// world is Google, AWS and the built plugin.
type world struct {
	google  *iamtest.Server
	aws     *amazon
	dir     string
	home    string
	environ []string
}

func newWorld(t *testing.T, dir string) *world {
	t.Helper()
	google := envtest.Google(t, iamtest.Options{TLS: true})
	w := &world{google: google, dir: dir, home: t.TempDir(), aws: newAmazon(t, google)}
	endpoint, err := google.Serve(w.aws, true)
	if err != nil {
		t.Fatal(err)
	}
	w.environ = []string{
		"AWS_ENDPOINT_URL=" + endpoint, "AWS_CA_BUNDLE=" + envtest.CA(t, google), "AWS_MAX_ATTEMPTS=2",
		// A machine's own identity, which must not be used.
		"AWS_ACCESS_KEY_ID=AKIAMACHINE", "AWS_SECRET_ACCESS_KEY=machine", "AWS_PROFILE=machine", "HOME=" + w.home,
	}
	return w
}

func (w *world) run(t *testing.T, host string, options map[string]string) (helper.Token, error) {
	t.Helper()
	return issuertest.Run(t, w.dir, issuertest.Target("ecr", host, options), pluginpush.Account{Google: w.google, Email: email}, w.environ...)
}

func TestPlugin(t *testing.T) {
	t.Parallel()
	dir := issuertest.Build(t, "ecr", ".")
	for name, test := range map[string]func(*testing.T, string){
		"Push": testPush, "HostNameSaysAll": testHostNameSaysAll, "Refusals": testRefusals,
		"GoogleRefuses": testGoogleRefuses, "NoOtherIdentity": testNoOtherIdentity, "Docker": testDocker, "Endless": testEndless,
	} {
		t.Run(name, func(t *testing.T) { test(t, dir) })
	}
}

func testPush(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	registry := iamtest.NewBasicRegistry(w.google, func(user, secret string) bool { return user == "AWS" && secret == password })
	if err := registry.Start(); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	token, err := w.run(t, registry.Host, map[string]string{"roleArn": roleARN, "region": region, "duration": "30m"})
	if err != nil {
		t.Fatal(err)
	}
	if token.Username != "AWS" || token.Bearer || token.Secret.Reveal() != password {
		t.Errorf("%+v", token)
	}
	if life := token.Expires.Sub(before); life < 11*time.Hour+59*time.Minute || life > 12*time.Hour+time.Minute {
		t.Errorf("lives %s", life)
	}
	want := []string{"AssumeRoleWithWebIdentity 1800", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken " + account}
	if diff := cmp.Diff(want, w.aws.calls); diff != "" {
		t.Error(diff)
	}
	pluginpush.Use(t, registry.Host, token, w.google.Client().Transport)
}

func testHostNameSaysAll(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	w.aws.ahead = 3 * time.Hour // the local clock is slow
	before := time.Now()
	token, err := w.run(t, "123456789012.dkr.ecr.eu-west-1.amazonaws.com", map[string]string{"roleArn": roleARN})
	if err != nil {
		t.Fatal(err)
	}
	if life := token.Expires.Sub(before); life < 11*time.Hour+59*time.Minute || life > 12*time.Hour+time.Minute {
		t.Errorf("lives %s by the local clock, want 12h", life)
	}
}

// A reply without an end is read in part.
func testEndless(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	w.aws.endless = true
	_, err := w.run(t, "123456789012.dkr.ecr.eu-west-1.amazonaws.com", map[string]string{"roleArn": roleARN})
	issuertest.WantBounded(t, err, &w.aws.streamed)
}

func testRefusals(t *testing.T, dir string) {
	t.Parallel()
	const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	role := map[string]string{"roleArn": roleARN}
	tests := []struct {
		name    string
		spoil   func(*world)
		host    string
		options map[string]string
		who     helper.Who
		want    []string
		down    bool
	}{
		{name: "another account", spoil: func(w *world) { w.aws.subject = "1" }, who: helper.Admin,
			want: []string{`run: aws iam update-assume-role-policy --role-name pusher --policy-document "$(aws iam get-role --role-name pusher `, "jq -c '.Statement += [{", `"accounts.google.com:sub":"1`}},
		{name: "another audience", spoil: func(w *world) { w.aws.audience = "other" }, who: helper.Admin,
			want: []string{`"accounts.google.com:oaud":"sts.amazonaws.com"`}},
		{name: "another role", options: map[string]string{"roleArn": "arn:aws:iam::123456789012:role/x"}, who: helper.Admin, want: []string{"role/x", "aws iam update-assume-role-policy --role-name x "}},
		{name: "expired", spoil: func(w *world) { w.aws.stsCode = "ExpiredTokenException" }, who: helper.User, want: []string{helper.SetClock()}},
		{name: "invalid", spoil: func(w *world) { w.aws.stsCode = "InvalidIdentityToken" }, who: helper.Admin, want: []string{"InvalidIdentityToken: as told", "aws iam get-role"}},
		{name: "region off", spoil: func(w *world) { w.aws.stsCode = "RegionDisabledException" }, who: helper.Admin, want: []string{"aws account enable-region --region-name eu-west-1"}},
		{name: "sts down", spoil: func(w *world) { w.aws.stsCode, w.aws.status = "InternalFailure", 503 }, who: helper.Admin, down: true, want: []string{"InternalFailure"}},
		{name: "no permission", spoil: func(w *world) { w.aws.ecrCode = "AccessDeniedException" }, who: helper.Admin, want: []string{"attach-role-policy --role-name pusher"}},
		{name: "another registry", spoil: func(w *world) { w.aws.proxy = "https://999999999999.dkr.ecr.eu-west-1.amazonaws.com" }, who: helper.User, want: []string{`"https://999999999999`}},
		{name: "evil proxy", spoil: func(w *world) { w.aws.proxy = proxy + ".evil.example.com" }, who: helper.User, want: []string{"evil.example.com"}},
		{name: "already expired", spoil: func(w *world) { w.aws.life = -time.Hour }, who: helper.PluginAuthor, want: []string{"expired 1h"}},
		{name: "unreachable", spoil: func(w *world) { w.environ[0] = "AWS_ENDPOINT_URL=https://127.0.0.1:1" }, who: helper.User, down: true, want: []string{"eu-west-1", "connection refused", "env | grep -i -e ^aws_"}},
		{name: "no ca", spoil: func(w *world) { w.environ[1] = "AWS_CA_BUNDLE=" + filepath.Join(w.home, "nonexistent") }, who: helper.User, want: []string{"nonexistent"}},
		{name: "no role", options: map[string]string{"region": region}, who: helper.User, want: []string{"issuer.roleArn", "--option roleArn="}},
		{name: "odd role", options: map[string]string{"roleArn": "pusher"}, who: helper.User, want: []string{`"pusher"`, "issuer.roleArn"}},
		{name: "no region", host: "registry.example.com", options: role, who: helper.User, want: []string{"--option region="}},
		{name: "wrong region", options: map[string]string{"roleArn": roleARN, "region": "us-east-1"}, who: helper.User, want: []string{"us-east-1", "issuer.region"}},
		{name: "unknown option", options: map[string]string{"roleArn": roleARN, "Region": region}, who: helper.User, want: []string{"issuer.Region", "issuer.region"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dir)
			if tt.spoil != nil {
				tt.spoil(w)
			}
			if tt.host == "" {
				tt.host = host
			}
			if tt.options == nil {
				tt.options = role
			}
			_, err := w.run(t, tt.host, tt.options)
			pluginpush.Refusal{Who: tt.who, Unreachable: tt.down, Says: tt.want}.Check(t, err, password)
		})
	}
}

// testGoogleRefuses: Google's own reason is what the person reads.
func testGoogleRefuses(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	want := &helper.Error{Who: helper.Admin, Op: "mint ID token for", Object: email, Reason: "permission denied", Hint: "gcloud x"}
	_, err := issuertest.Run(t, w.dir, issuertest.Target("ecr", "127.0.0.1", map[string]string{"roleArn": roleARN, "region": region}),
		pluginpush.Account{Google: w.google, Email: email, Err: want}, w.environ...)
	if !errors.Is(err, want) || len(w.aws.calls) != 0 {
		t.Errorf("%v, calls %v", err, w.aws.calls)
	}
}

// testNoOtherIdentity: a login in the home folder is not found.
func testNoOtherIdentity(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	if err := os.Mkdir(filepath.Join(w.home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "[default]\naws_access_key_id=AKIAMACHINE\naws_secret_access_key=x\nendpoint_url=https://127.0.0.1:1\n"
	if err := os.WriteFile(filepath.Join(w.home, ".aws", "config"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.run(t, "123456789012.dkr.ecr.eu-west-1.amazonaws.com", map[string]string{"roleArn": roleARN}); err != nil {
		t.Error(err)
	}
}
