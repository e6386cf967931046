package tools

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// The promise of docs/clients.md: one command makes every tool ask, and all of them
// together cost one call of the API.
func TestOneMint(t *testing.T) {
	w := newWorld(t)
	w.Configure(t, testenv.Docker{Plugins: map[string]section{"iam": testenv.As(deployer, w.iam, w.Keystore(t, "tmpfs"))}})
	w.Env["PATH"] = w.Path("links") + ":" + w.Env["PATH"]
	envtest.Check(t, os.Mkdir(w.Path("links"), 0o700))

	t.Run("kubectl and helm", func(t *testing.T) {
		parts.Program(t, "kubectl")
		parts.Program(t, "helm")
		v := w.serve(t, cluster, deployer, services.Kubernetes)
		w.must(t, "kubectl", "config", "set-cluster", "prod", "--server=https://"+cluster, "--certificate-authority="+w.Env["SSL_CERT_FILE"])
		w.must(t, "kubectl", "config", "set-context", "prod", "--cluster=prod")
		w.ask(t, "--kube", "prod", "--token", "access")
		w.must(t, "kubectl", "--context=prod", "get", "namespaces")
		w.must(t, "helm", "--kube-context=prod", "list")
		wantUser(t, v, "", "/api/v1/namespaces", "/secrets")
		w.wantMints(t, 1)
	})
	t.Run("kubelet", func(t *testing.T) {
		parts.Program(t, "kubelet-pull")
		w.ask(t, "--kubelet", "--out", w.Path("kubelet.yaml"))
		image := "europe-docker.pkg.dev/p/r/app"
		got, said := w.kubelet(t, w.Path("kubelet.yaml"), image)
		if got[image] != "oauth2accesstoken "+deployer {
			t.Errorf("%s: %q\n%s", image, got[image], said)
		}
		w.wantMints(t, 1)
	})
	t.Run("pip", func(t *testing.T) {
		parts.Program(t, "pip")
		v := w.serve(t, python, deployer, services.Python)
		w.ask(t, "--pip", "--link-dir", w.Path("links"))
		w.must(t, "pip", "download", "--no-deps", "--no-cache-dir", "--dest", w.Folder(t, "wheels-"), simple(python), "demo")
		wantUser(t, v, "oauth2accesstoken", ".whl")
		w.wantMints(t, 1)
	})
	t.Run("pnpm and npm", func(t *testing.T) {
		parts.Program(t, "pnpm")
		parts.Program(t, "npm")
		v := w.serve(t, npm, deployer, services.NPM)
		w.ask(t, "--pnpm", "https://"+npm+services.Packages, "--link-dir", w.Path("links"))
		w.Must(t, w.project(t, npm), nil, "pnpm", "install")
		if out, err := w.npm(w.project(t, npm), "install"); err != nil { // beside pnpm's line in ~/.npmrc
			t.Errorf("%v\n%s", err, out)
		}
		wantUser(t, v, "", ".tgz")
		w.wantMints(t, 1)
	})
	t.Run("cargo", func(t *testing.T) {
		cargo := w.crate(t, crates)
		v := w.serve(t, crates, deployer, services.Cargo)
		w.Write(t, ".cargo/config.toml", []byte("[registries.private]\nindex = \"sparse+https://"+crates+services.Crates+"\"\n"))
		w.ask(t, "--cargo", "private", "--token", "access")
		if out, err := cargo("fetch"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		wantUser(t, v, "", "/download")
		w.wantMints(t, 1)
	})
	t.Run("terraform", func(t *testing.T) {
		v := w.serve(t, modules, deployer, services.Terraform)
		w.module(t, modules)
		w.ask(t, "--terraform", "--host", modules, "--token", "access")
		for _, tool := range terraforms(t) {
			w.must(t, tool, "get", "-update")
		}
		wantUser(t, v, "", "/download")
		w.wantMints(t, 1)
	})
	t.Run("curl", func(t *testing.T) {
		parts.Program(t, "curl")
		v := w.serve(t, api, deployer, services.Kubernetes)
		w.ask(t, "--host", api, "--token", "access")
		w.must(t, "bash", "-c", strings.ReplaceAll(curls[0], "URL", "https://"+api+"/api"))
		wantUser(t, v, "", "/api")
		w.wantMints(t, 1)
	})
	t.Run("Bazel, 200 URIs", w.bazel)
}

// ask has the command make a tool ask.
func (w *world) ask(t *testing.T, args ...string) {
	t.Helper()
	w.must(t, "credential-iam", append([]string{"configure", "--no-check", "--service-account", deployer}, args...)...)
}

// bazel asks for many URIs of three hosts, several at a time, as Bazel does for the
// files of a repository: it keeps an answer for its URI alone.
func (w *world) bazel(t *testing.T) {
	const uris, atOnce = 200, 8
	next := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range next {
				host := []string{"europe-maven.pkg.dev", "storage.googleapis.com", "gcr.io"}[i%3]
				cmd := w.Command(t.Context(), w.Dir, nil, "bazel-credential-iam", "get")
				cmd.Stdin = strings.NewReader(fmt.Sprintf(`{"uri":"https://%s/proj/files/%d.jar?x=%d"}`, host, i, i))
				out, err := cmd.Output()
				if principal, _, ok := w.iam.Inspect(testenv.Token(string(out))); err != nil || !ok || principal != deployer {
					t.Errorf("%d of %s: %v, a token of %q", i, host, err, principal)
				}
			}
		})
	}
	for i := range uris {
		next <- i
	}
	close(next)
	wg.Wait()
	w.wantMints(t, 1)
}
