package pluginpush

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/credential-iam/credential-iam/helper"
)

// Use pushes an image to the registry with the credential and pulls it again, as
// docker would with the helper's answer.
func Use(t *testing.T, registry string, token helper.Token, transport http.RoundTripper) {
	t.Helper()
	ref, err := name.ParseReference(registry + "/team/app:1")
	if err != nil {
		t.Fatal(err)
	}
	img, err := random.Image(2048, 2)
	if err != nil {
		t.Fatal(err)
	}
	with := []remote.Option{
		remote.WithTransport(transport),
		remote.WithAuth(authn.FromConfig(authn.AuthConfig{Username: token.Username, Password: token.Secret.Reveal()})),
	}
	if err := remote.Write(ref, img, with...); err != nil {
		t.Fatal(err)
	}
	got, err := remote.Image(ref, with...)
	if err != nil {
		t.Fatal(err)
	}
	a, err1 := img.Digest()
	b, err2 := got.Digest()
	if err := errors.Join(err1, err2); err != nil || a != b {
		t.Errorf("pulled %s, pushed %s, %v", b, a, err)
	}
}

// Refusal is what a plugin's error must be.
type Refusal struct {
	// Who must act.
	Who helper.Who
	// Unreachable is that of [helper.Error].
	Unreachable bool
	// Says are parts of its text.
	Says []string
}

// Check fails the test unless err is that, without the secret or a JWT in it.
func (r Refusal) Check(t *testing.T, err error, secret string) {
	t.Helper()
	var e *helper.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v", err)
	}
	t.Log(e)
	if e.Who != r.Who || e.Unreachable != r.Unreachable {
		t.Errorf("%q must act, unreachable %t", e.Who, e.Unreachable)
	}
	for _, want := range r.Says {
		if !strings.Contains(e.Error(), want) {
			t.Errorf("no %q in %s", want, e)
		}
	}
	if strings.Contains(e.Error(), secret) || strings.Contains(e.Error(), "eyJ") {
		t.Errorf("a secret in %s", e)
	}
}
