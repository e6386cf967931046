package main

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/cmd/internal/e2e/clients/pluginpush"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// testDocker: a real docker pushes with the password that ECR gives.
func testDocker(t *testing.T, dir string) {
	t.Parallel()
	w := newWorld(t, dir)
	registry := iamtest.NewBasicRegistry(w.google, func(user, secret string) bool { return user == "AWS" && secret == password })
	if err := registry.Start(); err != nil {
		t.Fatal(err)
	}
	pluginpush.Scene{
		Google: w.google, Account: email, Registry: registry.Host,
		Plugin: "ecr", Program: filepath.Join(dir, "credential-iam-issuer-ecr"),
		Options: map[string]string{"roleArn": roleARN, "region": region, "duration": "30m"},
		Environ: w.environ, Secrets: []string{password, session},
		Calls: func() int {
			w.aws.mu.Lock()
			defer w.aws.mu.Unlock()
			return len(w.aws.calls)
		},
	}.Run(t)
	want := []string{"AssumeRoleWithWebIdentity 1800", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken " + account}
	if diff := cmp.Diff(want, w.aws.calls); diff != "" {
		t.Error(diff)
	}
	pushes := registry.Pushes()
	for _, p := range pushes {
		if p.User != "AWS" || p.Repository != "team/app" || p.Reference != "v1" {
			t.Errorf("a push of another: %+v", p)
		}
	}
	if len(pushes) != 2 || pushes[0].Digest == pushes[1].Digest {
		t.Errorf("%+v, want two different images", pushes)
	}
}
