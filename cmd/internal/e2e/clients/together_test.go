package clients

import (
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// The promise on the first line of the README: docker and git, and every other
// client, work as one service account, and all of them together cost one call of
// the API. A person's own login is asked for once, too.
func TestOneCallForAll(t *testing.T) {
	w := newWorld(t)
	r := w.newRegistry(nil)
	g := w.newGit(t, deployer, nil)
	at := func(name string) string { return r.Host + "/demo-project/images/" + name + ":v1" }

	t.Run("library push", func(t *testing.T) {
		w.seed(t, r, "demo-project/images/library:v1")
		wantPushedBy(t, r, "demo-project/images/library", deployer)
	})
	t.Run("docker push and pull", func(t *testing.T) {
		client := w.dockerClients(t)[0]
		w.buildImage(t, client, at("docker"))
		w.must(t, client, "push", at("docker"))
		w.must(t, client, "image", "rm", at("docker"))
		w.must(t, client, "pull", at("docker"))
		wantPushedBy(t, r, "demo-project/images/docker", deployer)
	})
	t.Run("skopeo copy", func(t *testing.T) {
		parts.Program(t, "skopeo")
		w.must(t, "skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false",
			"docker://"+at("library"), "docker://"+at("skopeo"))
		wantPushedBy(t, r, "demo-project/images/skopeo", deployer)
	})
	t.Run("crane push", func(t *testing.T) {
		parts.Program(t, "crane")
		w.must(t, "crane", "push", w.tar(t), at("crane"))
		wantPushedBy(t, r, "demo-project/images/crane", deployer)
	})
	t.Run("git clone and push", func(t *testing.T) {
		dir := w.Publish(t, g.URL+"/team/app")
		w.Commit(t, dir, "large", several)
		w.git(t, dir, "push", "--quiet", "origin", "HEAD:main")
		w.Clone(t, g.URL+"/team/app")
		envtest.WantGit(t, g, deployer, "Basic", deployer)
	})

	for _, p := range r.Pushes() {
		if p.Principal != deployer {
			t.Errorf("%s was pushed by %q", p.Repository, p.Principal)
		}
	}
	if users := r.Users(); len(users) != 1 || users[0] != "oauth2accesstoken" {
		t.Errorf("the registry saw the user names %q", users)
	}
	w.wantMints(t, 1)
	if n := w.iam.Calls("token"); n != 1 {
		t.Errorf("the person's own token was fetched %d times, want once", n)
	}
}
