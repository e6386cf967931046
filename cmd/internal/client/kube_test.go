package client

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

const kubeV1 = "client.authentication.k8s.io/v1"

// runKube runs the plugin as kubectl does for a server.
func runKube(w *adaptertest.World, version, cluster string) adaptertest.Result {
	w.Env["KUBERNETES_EXEC_INFO"] = `{"kind":"ExecCredential","apiVersion":"` + version + `","spec":{"interactive":false,"cluster":` + cluster + `}}`
	return run(w, "", Name, "kube")
}

func kubeServer(url string) string {
	return `{"server":"` + url + `","certificate-authority-data":"eA=="}`
}

// kubeToken reads an answer as client-go does.
func kubeToken(t *testing.T, r adaptertest.Result, version string) string {
	t.Helper()
	var a struct {
		Kind, APIVersion string
		Status           struct {
			Token               string
			ExpirationTimestamp time.Time
		}
	}
	err := json.Unmarshal([]byte(r.Stdout), &a)
	left := time.Until(a.Status.ExpirationTimestamp)
	if r.Code != 0 || r.Stderr != "" || err != nil || a.Kind != "ExecCredential" || a.APIVersion != version || left < 50*time.Minute || left > 59*time.Minute {
		t.Fatalf("%+v, %v", r, err)
	}
	return a.Status.Token
}

func TestKube(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{kubeV1, kubeV1 + "beta1"} {
		for server, kind := range map[string]string{
			"https://10.1.2.3": "access.", "https://10.1.2.3:443/": "access.", "https://id.example.com/clusters/a": "id.", "https://named.example.com": "id.", "http://127.0.0.1:5000": "access.",
		} {
			if token := kubeToken(t, runKube(w, version, kubeServer(server)), version); !strings.HasPrefix(token, kind) {
				t.Errorf("%s: %q", server, token)
			}
		}
	}
	w.Mints()
	for name, r := range map[string]adaptertest.Result{
		"their server":      runKube(w, kubeV1, kubeServer("https://10.1.2.4")),
		"look-alike":        runKube(w, kubeV1, kubeServer("https://10.1.2.3.evil.example")),
		"user":              runKube(w, kubeV1, kubeServer("https://u:hunter2@10.1.2.3")),
		"another port":      runKube(w, kubeV1, kubeServer("https://10.1.2.3:6443")),
		"plain":             runKube(w, kubeV1, kubeServer("http://10.1.2.3")),
		"no URL":            runKube(w, kubeV1, kubeServer("10.1.2.3")),
		"line break":        runKube(w, kubeV1, kubeServer(`https://10.1.2.3\n.evil.example`)),
		"NUL":               runKube(w, kubeV1, kubeServer(`https://10.1.2.3\u0000`)),
		"unverified":        runKube(w, kubeV1, `{"server":"https://10.1.2.3","insecure-skip-tls-verify":true}`),
		"no cluster info":   runKube(w, kubeV1, "null"),
		"no server":         runKube(w, kubeV1, "{}"),
		"another version":   runKube(w, "client.authentication.k8s.io/v2", kubeServer("https://10.1.2.3")),
		"wrong type":        runKube(w, kubeV1, `{"server":["https://10.1.2.3"]}`),
		"no JSON":           runKube(w, kubeV1, "{"),
		"consent not given": runKube(w, kubeV1, kubeServer("https://unsaid.example.com")),
		"built in for git":  runKube(w, kubeV1, kubeServer("https://x.googlesource.com")),
		"for Bazel":         runKube(w, kubeV1, kubeServer("https://storage.googleapis.com")),
	} {
		if r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, "; run: ") || strings.Contains(r.Stderr, "hunter2") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	for server, want := range map[string]string{"http://10.1.2.3": "; run: kubectl config set clusters.NAME.server https://10.1.2.3/\n", "https://u:hunter2@10.1.2.3": "; run: kubectl config view --minify\n"} {
		if r := runKube(w, kubeV1, kubeServer(server)); !strings.HasSuffix(r.Stderr, want) || strings.Contains(r.Stderr, "built-in") {
			t.Errorf("%s: %+v", server, r)
		}
	}
	if r := runKube(w, kubeV1, "{}"); !strings.HasSuffix(r.Stderr, "; run: "+configureKube+"\n") {
		t.Errorf("no server: %+v", r)
	}
	w.Env["KUBERNETES_EXEC_INFO"] = ""
	if r := run(w, "", Name, "kube"); r.Code != 1 || !strings.Contains(r.Stderr, "; run: credential-iam configure --kube ") {
		t.Errorf("by hand: %+v", r)
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other servers caused %q", m)
	}
}

// The same client process that asks again was refused, and gets a new token, once in
// half a minute; for another cluster it gets what is cached.
func TestKubeRefused(t *testing.T) {
	w := newWorld(t)
	w.NeedsCache()
	if parent() == "" {
		t.Skip("the parent of this process cannot be told here")
	}
	get := func(server string) string { return kubeToken(t, runKube(w, kubeV1, kubeServer(server)), kubeV1) }
	first := get("https://10.1.2.3")
	if get("https://own.example.com") != first {
		t.Error("another cluster of the same account got another token")
	}
	second := get("https://10.1.2.3")
	if second == first {
		t.Error("the refused token was answered again")
	}
	for range 20 {
		if get("https://10.1.2.3") != second {
			t.Fatal("a second new token within half a minute")
		}
	}
	if m := w.Mints(); len(m) != 2 {
		t.Errorf("minted %q", m)
	}
}

// FuzzKube holds the reader beside encoding/json.
func FuzzKube(f *testing.F) {
	f.Add(`{"kind":"ExecCredential","apiVersion":"` + kubeV1 + `","spec":{"cluster":{"server":"https://h:1/x"}}}`)
	f.Add(`{"kind":"ExecCredential","apiVersion":"` + kubeV1 + `","spec":{"cluster":{"server":"https://a","insecure-skip-tls-verify":true,"server":"https://b"}}}`)
	f.Fuzz(func(t *testing.T, in string) {
		r, err := readKube([]byte(in))
		if err != nil {
			return
		}
		var want struct {
			Kind       string `json:"kind"`
			APIVersion string `json:"apiVersion"`
			Spec       struct {
				Cluster struct {
					Server   string `json:"server"`
					Insecure bool   `json:"insecure-skip-tls-verify"`
				} `json:"cluster"`
			} `json:"spec"`
		}
		if err := json.Unmarshal([]byte(in), &want); err != nil || r.server != want.Spec.Cluster.Server || r.insecure != want.Spec.Cluster.Insecure || r.version != want.APIVersion {
			t.Fatalf("%q: %+v; encoding/json: %+v, %v", in, r, want, err)
		}
	})
}
