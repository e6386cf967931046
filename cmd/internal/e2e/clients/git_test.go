package clients

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// several MiB are above http.postBuffer, from where git sends a push in chunks
// and first tries with an empty one.
const several = 5 << 20

// newGit starts a git server over TLS that account may push to, and configures
// its host for git and in docker's file.
func (w *world) newGit(t *testing.T, account string, overrides section) *iamtest.GitServer {
	t.Helper()
	parts.Program(t, "git")
	dir := w.Folder(t, "git-")
	g, err := iamtest.NewGitServer(w.iam, iamtest.GitOptions{Dir: dir, TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	g.AllowWriter(account)
	w.addHost(g.Host, overrides)
	// The empty helper keeps one that stores from catching tokens.
	w.gitHelper(t, g.URL)
	return g
}

// gitHelper makes git ask us for what lies below url.
func (w *world) gitHelper(t *testing.T, url string) {
	t.Helper()
	w.git(t, w.Dir, "config", "--global", "credential."+url+".helper", "")
	w.git(t, w.Dir, "config", "--global", "--add", "credential."+url+".helper", "iam")
}

// git runs git in a folder.
func (w *world) git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	return w.Must(t, dir, nil, "git", args...)
}

func TestGit(t *testing.T) {
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	dir := w.Publish(t, g.URL+"/team/app")
	w.Commit(t, dir, "large", several)
	if out := w.git(t, dir, "push", "--quiet", "origin", "HEAD:main"); out != "" {
		t.Errorf("a good push says %q", out)
	}
	chunked := false
	for _, q := range g.Requests() {
		chunked = chunked || q.Chunked && q.Bytes > several && q.Status == 200
	}
	if !chunked {
		t.Error("no push above http.postBuffer was seen")
	}

	again := w.Clone(t, g.URL+"/team/app")
	if info, err := os.Stat(filepath.Join(again, "large")); err != nil || info.Size() != several {
		t.Errorf("the clone lacks the large file: %v", err)
	}
	w.git(t, again, "fetch", "--quiet")
	w.git(t, again, "ls-remote", "--quiet")
	envtest.WantGit(t, g, deployer, "Basic", deployer)
	w.wantMints(t, 1)
}

// Eight fetches at once ask eight helpers at once.
func TestGitFetchAll(t *testing.T) {
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	dir := w.Publish(t, g.URL+"/team/app")
	for i := range 8 {
		w.git(t, dir, "remote", "add", fmt.Sprintf("r%d", i), fmt.Sprintf("%s/team/app%d", g.URL, i))
		w.git(t, dir, "push", "--quiet", fmt.Sprintf("r%d", i), "HEAD:main")
	}
	w.ask("erase", g.Host)
	before := w.mints()
	w.git(t, dir, "fetch", "--quiet", "--all", "-j8")
	if n := w.mints() - before; n != 1 {
		t.Errorf("eight fetches without a cached token made %d calls, want 1", n)
	}
	envtest.WantGit(t, g, deployer, "Basic", deployer)
}

// A submodule on another host is fetched as the identity of that host.
func TestGitSubmodules(t *testing.T) {
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	other := w.newGit(t, auditor, section{"serviceAccount": auditor})
	w.Publish(t, other.URL+"/libs/lib")
	dir := w.Publish(t, g.URL+"/team/app")
	w.git(t, dir, "submodule", "--quiet", "add", other.URL+"/libs/lib", "lib")
	w.git(t, dir, "commit", "--quiet", "--message", "add lib")
	w.git(t, dir, "push", "--quiet", "origin", "HEAD:main")
	again := w.Clone(t, g.URL+"/team/app", "--recurse-submodules")
	if _, err := os.Stat(filepath.Join(again, "lib", "first")); err != nil {
		t.Error(err)
	}
	envtest.WantGit(t, g, deployer, "Basic", deployer)
	envtest.WantGit(t, other, auditor, "Basic", auditor)
	w.wantMints(t, 2)
}

// A submodule on a host that is not ours gets nothing: git fails there, and the
// foreign server never sees a credential.
func TestGitSubmoduleForeignHost(t *testing.T) {
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	foreign := w.newGit(t, auditor, nil)
	delete(w.plugins, "iam@"+foreign.Host)
	w.configure() // git asks us for it all the same
	dir := w.Publish(t, g.URL+"/team/app")
	head := strings.TrimSpace(w.git(t, dir, "rev-parse", "HEAD"))
	modules := fmt.Sprintf("[submodule \"lib\"]\n\tpath = lib\n\turl = %s/libs/lib\n", foreign.URL)
	if err := os.WriteFile(filepath.Join(dir, ".gitmodules"), []byte(modules), 0o644); err != nil {
		t.Fatal(err)
	}
	w.git(t, dir, "add", ".gitmodules")
	w.git(t, dir, "update-index", "--add", "--cacheinfo", "160000,"+head+",lib")
	w.git(t, dir, "commit", "--quiet", "--message", "add lib")
	w.git(t, dir, "push", "--quiet", "origin", "HEAD:main")
	if out, err := w.Try(w.Dir, nil, "git", "clone", "--quiet", "--recurse-submodules", g.URL+"/team/app", filepath.Join(w.Temp, "again")); err == nil {
		t.Errorf("the foreign submodule was cloned:\n%s", out)
	}
	if len(foreign.Requests()) == 0 {
		t.Error("the foreign server was never asked")
	}
	for _, q := range foreign.Requests() {
		if q.Header != "" {
			t.Errorf("the foreign server was sent a credential: %s %s", q.Method, q.Path)
		}
	}
	w.wantMints(t, 1)
}

// A partial clone asks for a credential twice.
func TestGitPartialClone(t *testing.T) {
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	w.Publish(t, g.URL+"/team/app")
	w.git(t, g.Repository("team/app"), "config", "uploadpack.allowFilter", "true")
	w.git(t, g.Repository("team/app"), "config", "uploadpack.allowAnySHA1InWant", "true")
	dir := w.Clone(t, g.URL+"/team/app", "--filter=blob:none", "--no-checkout")
	w.git(t, dir, "checkout", "--quiet", "main")
	if _, err := os.Stat(filepath.Join(dir, "first")); err != nil {
		t.Error(err)
	}
	envtest.WantGit(t, g, deployer, "Basic", deployer)
	w.wantMints(t, 1)
}

// A denied impersonation stops git with the reason; it asks for no password and
// no other helper.
func TestGitDenied(t *testing.T) {
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	w.iam.Revoke(person, iamtest.RoleTokenCreator, deployer)
	out, err := w.try("git", "ls-remote", g.URL+"/team/app")
	if err == nil {
		t.Fatalf("git was let through:\n%s", out)
	}
	for _, want := range []string{"git-credential-iam: ", deployer, "gcloud iam service-accounts add-iam-policy-binding", "told us to quit"} {
		if !strings.Contains(out, want) {
			t.Errorf("git does not say %q:\n%s", want, out)
		}
	}
}

// A helper that stores, configured for every host, never gets our token where
// the empty helper comes between it and ours.
func TestGitBesideStore(t *testing.T) {
	w := newWorld(t)
	w.git(t, w.Dir, "config", "--global", "credential.helper", "store")
	g := w.newGit(t, deployer, nil)
	w.Publish(t, g.URL+"/team/app")
	if b, err := os.ReadFile(filepath.Join(w.Dir, ".git-credentials")); err == nil {
		t.Errorf("git's store helper has %d bytes", len(b))
	}
	envtest.WantGit(t, g, deployer, "Basic", deployer)
}

// Git LFS asks git for credentials on its own, of the LFS server too.
func TestGitLFS(t *testing.T) {
	parts.Program(t, "git-lfs")
	w := newWorld(t)
	g := w.newGit(t, deployer, nil)
	lfs, err := services.NewLFS(w.iam, deployer)
	if err != nil {
		t.Fatal(err)
	}
	w.addHost(lfs.Host, nil)
	w.gitHelper(t, lfs.URL)
	w.git(t, w.Dir, "lfs", "install", "--skip-repo")

	dir := w.Clone(t, g.URL+"/team/app")
	w.git(t, dir, "config", "--file", ".lfsconfig", "lfs.url", lfs.URL)
	w.git(t, dir, "config", "lfs.url", lfs.URL)
	w.git(t, dir, "lfs", "track", "*.bin")
	w.git(t, dir, "add", ".gitattributes", ".lfsconfig")
	w.Commit(t, dir, "large.bin", 1<<20)
	w.git(t, dir, "push", "--quiet", "origin", "HEAD:main")
	again := w.Clone(t, g.URL+"/team/app")
	if info, err := os.Stat(filepath.Join(again, "large.bin")); err != nil || info.Size() != 1<<20 {
		t.Errorf("the clone lacks the large file: %v", err)
	}
	if stored := lfs.Objects(); stored != 1 {
		t.Errorf("the LFS server holds %d objects, want 1", stored)
	}
	for user := range lfs.Users() {
		if user != deployer {
			t.Errorf("the LFS server let %q in, want %q", user, deployer)
		}
	}
	w.wantMints(t, 1)
}
