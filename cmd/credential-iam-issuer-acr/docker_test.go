package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/pluginpush"
)

// testDocker: a real docker takes the refresh token that the exchange gives to
// the registry's token service, and pushes with what it gets there.
func testDocker(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	pluginpush.Scene{
		Google: w.google, Account: email, Registry: w.host,
		Plugin: "acr", Program: filepath.Join(dir, "credential-iam-issuer-acr"),
		Options: options(), Environ: w.environ, Secrets: []string{access, registry, ".c2ln"},
		Calls: func() int {
			w.entra.mu.Lock()
			defer w.entra.mu.Unlock()
			w.acr.mu.Lock()
			defer w.acr.mu.Unlock()
			return len(w.entra.calls) + w.acr.exchanges
		},
	}.Run(t)
	want := []string{"GET /" + tenant + "/v2.0/.well-known/openid-configuration", "POST /" + tenant + "/oauth2/v2.0/token"}
	if diff := cmp.Diff(want, w.entra.calls); diff != "" {
		t.Error(diff)
	}
	if w.acr.exchanges != 1 {
		t.Errorf("%d exchanges, want 1", w.acr.exchanges)
	}
	pushes := w.acr.images.Pushes()
	for _, p := range pushes {
		if p.Repository != "team/app" || p.Reference != "v1" {
			t.Errorf("a push of another: %+v", p)
		}
	}
	if len(pushes) != 2 || pushes[0].Digest == pushes[1].Digest {
		t.Errorf("%+v, want two different images", pushes)
	}
}
