package tools

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// configured has credential-iam configure a tool, which works then, and take it back:
// the file is what it was.
func (w *world) configured(t *testing.T, file string, run func(), args ...string) {
	t.Helper()
	read := func() string {
		b, err := os.ReadFile(w.Path(file))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return string(b)
	}
	before := read()
	w.must(t, "credential-iam", append([]string{"configure", "--no-check"}, args...)...)
	run()
	w.must(t, "credential-iam", append([]string{"unconfigure"}, args...)...)
	if after := read(); after != before {
		t.Errorf("%s was\n%s\nand is\n%s", file, before, after)
	}
}

func TestConfigureKube(t *testing.T) {
	parts.Program(t, "kubectl")
	w := newWorld(t)
	v := w.serve(t, cluster, deployer, services.Kubernetes)
	w.must(t, "kubectl", "config", "set-cluster", "c", "--server=https://"+cluster, "--certificate-authority="+w.Env["SSL_CERT_FILE"])
	w.must(t, "kubectl", "config", "set-credentials", "person", "--username=person", "--password=x")
	w.must(t, "kubectl", "config", "set-context", "prod", "--cluster=c", "--user=person")
	if out, err := w.try("kubectl", "--context=prod", "get", "namespaces"); err == nil {
		t.Errorf("the person's own login is let in:\n%s", out)
	}
	w.configured(t, ".kube/config", func() { w.must(t, "kubectl", "--context=prod", "get", "namespaces") }, "--kube", "prod")
	wantUser(t, v, "", "/api/v1/namespaces")
	w.wantMints(t, 1)
}

func TestConfigurePip(t *testing.T) {
	w := newWorld(t)
	w.pip(t) // is one that runs a keyring
	delete(w.Env, "PIP_CONFIG_FILE")
	v := w.serve(t, python, deployer, services.Python)
	w.Env["PATH"] = w.Path("made") + ":" + strings.TrimPrefix(w.Env["PATH"], w.Path("links")+":")
	w.Write(t, ".config/pip/pip.conf", []byte("# mine\n[install]\nno-color = 1\n"))
	w.configured(t, ".config/pip/pip.conf", func() {
		w.must(t, "pip", "download", "--no-deps", "--no-cache-dir", "--retries=0", "--dest", w.Folder(t, "wheels-"), simple(python), "demo")
	}, "--pip", "--link-dir", w.Path("made"))
	wantUser(t, v, "oauth2accesstoken", "/simple/demo/", ".whl")
	w.wantMints(t, 1)
}

func TestConfigurePnpm(t *testing.T) {
	parts.Program(t, "pnpm")
	w := newWorld(t)
	v := w.serve(t, npm, deployer, services.NPM)
	w.Write(t, ".npmrc", []byte("; mine\nfund=false"))
	w.configured(t, ".npmrc", func() { w.Must(t, w.project(t, npm), nil, "pnpm", "install") }, "--pnpm", "https://"+npm+services.Packages)
	wantUser(t, v, "", "GET "+services.Packages+"demo", ".tgz")
	w.wantMints(t, 1)
}

func TestConfigureCargo(t *testing.T) {
	w := newWorld(t)
	cargo := w.crate(t, crates)
	w.Write(t, ".cargo/config.toml", []byte("# mine\n[registries.private]\nindex = \"sparse+https://"+crates+services.Crates+"\" # theirs\n[net]\nretry = 0\n"))
	v := w.serve(t, crates, deployer, services.Cargo)
	w.configured(t, ".cargo/config.toml", func() {
		if out, err := cargo("fetch"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}, "--cargo", "private")
	wantUser(t, v, "", "/index/config.json", "/download")
	w.wantMints(t, 1)
}

func TestConfigureTerraform(t *testing.T) {
	eachTerraform(t, func(t *testing.T, w *world, tool string) {
		envtest.Check(t, os.Remove(w.Path(".terraformrc")))
		envtest.Check(t, os.RemoveAll(w.Path(".terraform.d")))
		v := w.serve(t, modules, deployer, services.Terraform)
		w.module(t, modules)
		w.Write(t, ".terraformrc", []byte("disable_checkpoint = true\n"))
		w.configured(t, ".terraformrc", func() { w.must(t, tool, "get") }, "--terraform")
		wantUser(t, v, "", "/versions", "/download")
		w.wantMints(t, 1)
	})
}

// kubelet reads what --kubelet writes, and finds the configuration and the source by it.
func TestConfigureKubelet(t *testing.T) {
	parts.Program(t, "kubelet-pull")
	w := newWorld(t)
	file := w.Path("provider.yaml")
	w.must(t, "credential-iam", "configure", "--kubelet", "--out", file)
	const image = "europe-docker.pkg.dev/p/r/app:v1"
	if got, said := w.kubelet(t, file, image); got[image] != "oauth2accesstoken "+deployer {
		t.Errorf("%q\n%s", got[image], said)
	}
}

// hint returns the command that an error ends with.
func hint(t *testing.T, out string) string {
	t.Helper()
	_, command, ok := strings.Cut(out, "; run: ")
	command, _, _ = strings.Cut(command, "\n")
	if !ok {
		t.Fatalf("no command in\n%s", out)
	}
	return command
}

// What an error says to run is run as it is printed, and the tool works.
func TestHints(t *testing.T) {
	parts.Program(t, "kubectl")
	w := newWorld(t)
	w.serve(t, cluster, deployer, services.Kubernetes)
	for _, info := range []bool{true, false} {
		t.Run(fmt.Sprintf("provideClusterInfo %v", info), func(t *testing.T) {
			w.context(t, "a", "https://"+cluster, "v1")
			if !info {
				w.must(t, "kubectl", "config", "set-credentials", "a", "--exec-command=credential-iam-client", "--exec-arg=kube",
					"--exec-api-version=client.authentication.k8s.io/v1", "--exec-provide-cluster-info=false", "--exec-interactive-mode=Never")
				w.must(t, "credential-iam", "configure", "--host", cluster, "--token", "access", "--no-check")
			} else {
				w.must(t, "credential-iam", "unconfigure", cluster)
			}
			out, err := w.try("kubectl", "get", "namespaces")
			if err == nil {
				t.Fatalf("it works:\n%s", out)
			}
			w.must(t, "sh", "-c", hint(t, out))
			w.must(t, "kubectl", "get", "namespaces")
		})
	}
}
