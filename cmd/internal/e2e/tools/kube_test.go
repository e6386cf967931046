package tools

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/services"
)

// context has kubectl enter a context whose user is answered by us.
func (w *world) context(t *testing.T, name, server, version string) {
	t.Helper()
	w.must(t, "kubectl", "config", "set-cluster", name, "--server="+server, "--certificate-authority="+w.Env["SSL_CERT_FILE"])
	w.must(t, "kubectl", "config", "set-credentials", name, "--exec-command=credential-iam-client", "--exec-arg=kube",
		"--exec-api-version=client.authentication.k8s.io/"+version, "--exec-provide-cluster-info=true", "--exec-interactive-mode=Never")
	w.must(t, "kubectl", "config", "set-context", name, "--cluster="+name, "--user="+name)
	w.must(t, "kubectl", "config", "use-context", name)
}

// Two contexts of one person are two accounts in the same minute, whichever comes
// first: the server decides, not what was cached last.
func TestKubectl(t *testing.T) {
	parts.Program(t, "kubectl")
	w := newWorld(t)
	a := w.serve(t, cluster, deployer, services.Kubernetes)
	b := w.serve(t, other, auditor, services.Kubernetes)
	w.context(t, "a", "https://"+cluster, "v1")
	w.context(t, "b", "https://"+other, "v1beta1")
	for range 2 {
		for _, name := range []string{"a", "b"} {
			if out := w.must(t, "kubectl", "--context="+name, "get", "--raw", "/version"); !strings.Contains(out, "v1.37.0") {
				t.Errorf("%s: %s", name, out)
			}
			if out := w.must(t, "kubectl", "--context="+name, "get", "namespaces"); !strings.Contains(out, "demo") {
				t.Errorf("%s: %s", name, out)
			}
		}
	}
	wantUser(t, a, "", "/version", "/api/v1/namespaces")
	wantUser(t, b, "", "/version", "/api/v1/namespaces")
	if refused := append(a.Refused(), b.Refused()...); len(refused) > 0 {
		t.Errorf("refused: %+v", refused)
	}
	w.wantMints(t, 2)
}

// A configuration of somebody else that names us and a server of theirs gets nothing,
// and the person sees why.
func TestKubectlTheirs(t *testing.T) {
	parts.Program(t, "kubectl")
	for name, server := range map[string]string{
		"look-alike": "https://" + cluster + evil, "a path": "https://" + other + evil + "/" + cluster, "a port": "https://" + cluster + evil + ":443", "a query": "https://" + cluster + evil + "?x=" + cluster,
		"user information": "https://" + cluster + "@" + other + evil, // which kubectl itself sends, and asks nobody
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			rogue := w.rogue(t, cluster, nil, other+evil)
			w.context(t, "theirs", server, "v1")
			out, err := w.try("kubectl", "get", "--raw", "/version")
			if err == nil || name != "user information" && !strings.Contains(out, "credential-iam-client: ") {
				t.Errorf("%v\n%s", err, out)
			}
			rogue.WantNothing(t)
			w.wantMints(t, 0)
		})
	}
}

// What the plugin refuses for want of an answer to "which server" is fixed by the
// command that it prints.
func TestKubectlFixes(t *testing.T) {
	parts.Program(t, "kubectl")
	for name, mistake := range map[string][]string{
		"which cluster":  {"set-credentials", "a", "--exec-provide-cluster-info=false"},
		"which version":  {"set-credentials", "a", "--exec-api-version=client.authentication.k8s.io/v1beta1", "--exec-provide-cluster-info=false"},
		"not verified":   {"set-cluster", "a", "--insecure-skip-tls-verify=true"},
		"unknown server": {"set-cluster", "a", "--server=https://" + other + evil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			v := w.serve(t, cluster, deployer, services.Kubernetes)
			rogue := w.rogue(t, other, nil)
			w.context(t, "a", "https://"+cluster, "v1")
			w.must(t, "kubectl", append([]string{"config"}, mistake...)...)
			out, err := w.try("kubectl", "get", "namespaces")
			_, fix, ok := strings.Cut(out, "; run: ")
			fix, _, _ = strings.Cut(fix, "\n")
			if err == nil || !ok {
				t.Fatalf("%v\n%s", err, out)
			}
			rogue.WantNothing(t)
			if len(v.LetIn()) > 0 {
				t.Errorf("let in: %+v", v.LetIn())
			}
			w.wantMints(t, 0)
			if !strings.HasPrefix(fix, "kubectl ") { // it opens an editor
				return
			}
			w.must(t, "sh", "-c", strings.ReplaceAll(strings.ReplaceAll(fix, " NAME ", " a "), ".NAME.", ".a."))
			w.must(t, "kubectl", "get", "namespaces")
			wantUser(t, v, "", "/api/v1/namespaces")
		})
	}
}

// proxy starts a kubectl that serves on loopback until the test ends, one process of
// client-go for many requests, and returns its URL.
func (w *world) proxy(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := w.Command(ctx, w.Dir, nil, "kubectl", "proxy", "--port=0")
	out, err := cmd.StdoutPipe()
	envtest.Check(t, err)
	envtest.Check(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // it was killed
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "Starting to serve on ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}
	return "http://" + address
}

// ask asks through the proxy and returns the status.
func ask(t *testing.T, proxy string) int {
	t.Helper()
	client := http.Client{Timeout: testenv.Patience}
	r, err := client.Get(proxy + "/api/v1/namespaces")
	envtest.Check(t, err)
	defer func() { _ = r.Body.Close() }()
	_, err = io.Copy(io.Discard, r.Body)
	envtest.Check(t, err)
	return r.StatusCode
}

// A token that the server refuses is replaced when the same process runs the plugin
// again; the protocol does not say why it does.
func TestKubectlRefused(t *testing.T) {
	parts.Program(t, "kubectl")
	w := newWorld(t)
	w.serve(t, cluster, deployer, services.Kubernetes)
	w.context(t, "a", "https://"+cluster, "v1")
	proxy := w.proxy(t)
	if code := ask(t, proxy); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	w.wantMints(t, 1)
	w.revoke(t)
	// The refusal itself is passed on; what comes after it has the new token.
	if code := ask(t, proxy); code != http.StatusUnauthorized {
		t.Errorf("status %d with a dead token", code)
	}
	if code := ask(t, proxy); code != http.StatusOK {
		t.Errorf("status %d after a refusal", code)
	}
	w.wantMints(t, 2)
}

// revoke makes the cached token of the cluster's host dead.
func (w *world) revoke(t *testing.T) {
	t.Helper()
	w.iam.RevokeToken(w.token(t))
}

// A server that refuses every token costs two mints, however often it is asked.
func TestKubectlLoop(t *testing.T) {
	parts.Program(t, "kubectl")
	w := newWorld(t)
	v := w.serve(t, cluster, auditor, services.Kubernetes)
	w.context(t, "a", "https://"+cluster, "v1")
	proxy := w.proxy(t)
	const loop = 60
	for range loop {
		if code := ask(t, proxy); code != http.StatusUnauthorized {
			t.Fatalf("status %d", code)
		}
	}
	if n := len(v.Refused()); n != loop {
		t.Errorf("%d requests were refused, want %d", n, loop)
	}
	w.wantMints(t, 2)
}

// helm reads the same configuration and runs the same plugin.
func TestHelm(t *testing.T) {
	parts.Program(t, "helm")
	parts.Program(t, "kubectl")
	w := newWorld(t)
	v := w.serve(t, cluster, deployer, services.Kubernetes)
	w.context(t, "a", "https://"+cluster, "v1")
	w.must(t, "helm", "list")
	wantUser(t, v, "", "/api/v1/namespaces/default/secrets")
	for _, q := range v.LetIn() {
		if !strings.HasPrefix(q.Agent, "Helm") {
			t.Errorf("%+v is not helm's", q)
		}
	}
	w.wantMints(t, 1)
}
