package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

var _ issuer.Identity = (*pluginIdentity)(nil)

// What a plugin gets is the target's service account, whatever the host's own
// token would have been.
func TestPluginIdentity(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{
		"iam":                 {"serviceAccount": deployer},
		"iam@ecr.example.com": {"issuer": "ecr", "issuer.region": "x", "token": "jwt", "audience": "mine", "serviceAccount": pusher},
	})
	ctx := t.Context()
	r := helper.Request{Client: host.Docker, Protocol: "https", Host: "ecr.example.com"}
	target, err := config.Load(w.env()).Resolve(ctx, r, w.ids)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{env: w.env(), ids: w.ids}
	id := newPluginIdentity(a.client(ctx, target), target)
	if id.Fingerprint() != "" {
		t.Error("a fingerprint before any call")
	}
	token, err := id.AccessToken(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w.principal(token.Secret.Reveal(), pusher, helper.DefaultScope)
	if id.Fingerprint() != target.Source.Fingerprint {
		t.Error("the fingerprint is not the source's")
	}
	if token, err = id.AccessToken(ctx, "https://b.example/x", "https://a.example/y"); err != nil {
		t.Fatal(err)
	}
	w.principal(token.Secret.Reveal(), pusher, "https://a.example/y", "https://b.example/x")
	idToken, err := id.IDToken(ctx, "sts.amazonaws.com")
	if err != nil {
		t.Fatal(err)
	}
	claims, err := w.server.VerifyIDToken(idToken.Secret.Reveal(), "sts.amazonaws.com")
	if err != nil || claims.String("email") != pusher {
		t.Errorf("ID token of %q: %v", claims.String("email"), err)
	}
	blob, err := id.SignBlob(ctx, []byte("blob"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.server.VerifyBlob(pusher, blob.KeyID, []byte("blob"), blob.Signed); err != nil {
		t.Error(err)
	}
	body := fmt.Sprintf(`{"iss":%q,"sub":%q,"aud":"x","exp":%d,"iat":%d}`, pusher, pusher, time.Now().Add(time.Hour).Unix(), time.Now().Unix())
	jwt, err := id.SignJWT(ctx, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.server.VerifyAccountJWT(string(jwt.Signed), "x"); err != nil {
		t.Error(err)
	}
	if _, err := id.IDToken(ctx, ""); err == nil {
		t.Error("an ID token for nobody")
	}
}

// A host whose plugin is not there says so, whichever way it is asked.
func TestTokenMissingPlugin(t *testing.T) {
	w := newWorld(t)
	w.configure(map[string]section{"iam@ecr.example.com": {"issuer": "nothing-here"}})
	w.fail(exitFailed, "", "token", "--host", "ecr.example.com")
	w.calls(0)
}
