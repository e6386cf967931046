package tools

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// kubelet asks kubelet's code, which has the configuration of its providers and nearly
// no environment, as under systemd, for images. It returns for each "USER
// TOKEN-OWNER", or "", and what kubelet logs.
func (w *world) kubelet(t *testing.T, config string, images ...string) (answers map[string]string, said string) {
	t.Helper()
	cmd := w.Command(t.Context(), w.Dir, nil, "kubelet-pull", append([]string{config, envtest.Programs(t)}, images...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "SSL_CERT_FILE=" + w.Env["SSL_CERT_FILE"], "XDG_RUNTIME_DIR=" + w.Run}
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil || testenv.Leak(log.String(), testenv.Marks) != "" {
		t.Fatalf("%v\n%s", err, log.String())
	}
	answers = map[string]string{}
	for line := range strings.Lines(string(out)) {
		f := append(strings.Fields(line), "", "")
		owner, _, _ := w.iam.Inspect(f[2])
		answers[f[0]] = strings.TrimSpace(f[1] + " " + owner)
	}
	return answers, log.String()
}

// provider writes the configuration of kubelet's providers, with more about ours.
func (w *world) provider(t *testing.T, more string) {
	t.Helper()
	w.Write(t, "kubelet/config.yaml", []byte(`apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: kubelet-credential-iam
    matchImages: ["*.pkg.dev", "*.pkg.dev`+evil+`", "gcr.io", "*.gcr.io"]
    defaultCacheDuration: "5m"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
`+more+`    env:
      - {name: DOCKER_CONFIG, value: `+filepath.Dir(w.DockerConfig())+`}
      - {name: GOOGLE_APPLICATION_CREDENTIALS, value: `+w.ADC()+`}
`))
}

// kubelet's own code runs the provider, reads its answer and keeps it for the registry.
// An image that looks like ours is pulled without a credential.
func TestKubelet(t *testing.T) {
	parts.Program(t, "kubelet-pull")
	w := newWorld(t)
	w.provider(t, "")
	got, _ := w.kubelet(t, w.Path("kubelet/config.yaml"), "europe-docker.pkg.dev/p/r/app:v1", "europe-docker.pkg.dev/p/r/other@sha256:"+strings.Repeat("0", 64), "gcr.io/p/app",
		"europe-docker.pkg.dev"+evil+"/p/r/app", "docker.io/library/nginx", "europe-docker.pkg.dev:8443/p/r/app")
	for image, want := range map[string]string{
		"europe-docker.pkg.dev/p/r/app:v1": "oauth2accesstoken " + deployer,
		"gcr.io/p/app":                     "oauth2accesstoken " + deployer,
		"europe-docker.pkg.dev/p/r/other@sha256:" + strings.Repeat("0", 64): "oauth2accesstoken " + deployer,
		"europe-docker.pkg.dev" + evil + "/p/r/app":                         "",
		"docker.io/library/nginx":                                           "",
		"europe-docker.pkg.dev:8443/p/r/app":                                "",
	} {
		if answer, ok := got[image]; !ok || answer != want {
			t.Errorf("%s: %q, want %q", image, answer, want)
		}
	}
	w.wantMints(t, 1)
}

// kubelet hands over the token of a pod's service account where it is told to. The pod
// does not decide the identity here, so it gets no credential, and the log says why.
func TestKubeletPod(t *testing.T) {
	parts.Program(t, "kubelet-pull")
	w := newWorld(t)
	w.provider(t, "    tokenAttributes: {serviceAccountTokenAudience: x, cacheType: ServiceAccount, requireServiceAccount: true}\n")
	image := "europe-docker.pkg.dev/p/r/app"
	got, said := w.kubelet(t, w.Path("kubelet/config.yaml"), image)
	if answer, ok := got[image]; !ok || answer != "" {
		t.Errorf("%q, want none", answer)
	}
	if !strings.Contains(said, "kubelet-credential-iam: ") || !strings.Contains(said, "tokenAttributes") || strings.Contains(said, "the pod's own token") {
		t.Errorf("the log: %s", said)
	}
	w.wantMints(t, 0)
}
