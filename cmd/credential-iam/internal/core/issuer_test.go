package core

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

var _ issuer.Identity = (*pluginIdentity)(nil)

// What a plugin gets is the target's service account, whatever the host's own
// token would have been.
func TestPluginIdentity(t *testing.T) {
	const person, pusher = "person@example.com", "pusher@proj.iam.gserviceaccount.com"
	server, ctx := envtest.Google(t, iamtest.Options{}), t.Context()
	testenv.Allow(server, person, pusher)
	home := envtest.New(t, testenv.Options{})
	home.SignIn(t, server.UserADC(person))
	env := home.Helper()
	cfg := config.Parse(env, "config.json", fmt.Appendf(nil, `{"plugins":{
		"iam":{"endpoint":%q,"source":%q,"keystore":"none"},
		"iam@ecr.example.com":{"issuer":"ecr","issuer.region":"x","token":"jwt","audience":"mine","serviceAccount":%q}}}`,
		server.Endpoint(), "file:"+home.ADC(), pusher))
	r := helper.Request{Client: host.Docker, Protocol: "https", Host: "ecr.example.com"}
	target, err := cfg.Resolve(ctx, r, nil)
	if err != nil {
		t.Fatal(err)
	}
	id := newPluginIdentity(Core{Env: env}.Client(ctx, target), target)
	if id.Fingerprint() != "" {
		t.Error("a fingerprint before any call")
	}
	token, err := id.AccessToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if email, scopes, _ := server.Inspect(token.Secret.Reveal()); email != pusher || !slices.Equal(scopes, []string{helper.DefaultScope}) {
		t.Errorf("the token is of %q for %q", email, scopes)
	}
	if id.Fingerprint() != target.Source.Fingerprint {
		t.Error("the fingerprint is not the source's")
	}
	if token, err = id.AccessToken(ctx, "https://b.example/x", "https://a.example/y"); err != nil {
		t.Fatal(err)
	}
	if email, scopes, _ := server.Inspect(token.Secret.Reveal()); email != pusher || !slices.Equal(scopes, []string{"https://a.example/y", "https://b.example/x"}) {
		t.Errorf("the token is of %q for %q", email, scopes)
	}
	idToken, err := id.IDToken(ctx, "sts.amazonaws.com")
	if err != nil {
		t.Fatal(err)
	}
	claims, err := server.VerifyIDToken(idToken.Secret.Reveal(), "sts.amazonaws.com")
	if err != nil || claims.String("email") != pusher {
		t.Errorf("ID token of %q: %v", claims.String("email"), err)
	}
	blob, err := id.SignBlob(ctx, []byte("blob"))
	if err != nil {
		t.Fatal(err)
	}
	if err := server.VerifyBlob(pusher, blob.KeyID, []byte("blob"), blob.Signed); err != nil {
		t.Error(err)
	}
	body := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"x","exp":%d,"iat":%d}`, pusher, pusher, time.Now().Add(time.Hour).Unix(), time.Now().Unix())
	jwt, err := id.SignJWT(ctx, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := server.VerifyAccountJWT(string(jwt.Signed), "x"); err != nil {
		t.Error(err)
	}
	if _, err := id.IDToken(ctx, ""); err == nil {
		t.Error("an ID token for nobody")
	}
}
