package tools

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// kubelet asks kubelet's code for images, which has an environment as under systemd,
// and returns for each "USER TOKEN-OWNER", or "".
func (w *world) kubelet(t *testing.T, images ...string) map[string]string {
	t.Helper()
	w.Write(t, "kubelet/config.yaml", []byte(`apiVersion: kubelet.config.k8s.io/v1
kind: CredentialProviderConfig
providers:
  - name: kubelet-credential-iam
    matchImages: ["*.pkg.dev", "*.pkg.dev`+evil+`", "gcr.io", "*.gcr.io"]
    defaultCacheDuration: "5m"
    apiVersion: credentialprovider.kubelet.k8s.io/v1
    env:
      - {name: DOCKER_CONFIG, value: `+filepath.Dir(w.DockerConfig())+`}
      - {name: GOOGLE_APPLICATION_CREDENTIALS, value: `+w.ADC()+`}
      - {name: SSL_CERT_FILE, value: `+w.Env["SSL_CERT_FILE"]+`}
      - {name: XDG_RUNTIME_DIR, value: `+w.Run+`}
`))
	cmd := w.Command(t.Context(), w.Dir, nil, "kubelet-pull", append([]string{w.Path("kubelet/config.yaml"), envtest.Programs(t)}, images...)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	if err != nil || testenv.Leak(log.String(), testenv.Marks) != "" {
		t.Fatalf("%v\n%s", err, log.String())
	}
	answers := map[string]string{}
	for line := range strings.Lines(string(out)) {
		f := append(strings.Fields(line), "", "")
		owner, _, _ := w.iam.Inspect(f[2])
		answers[f[0]] = strings.TrimSpace(f[1] + " " + owner)
	}
	if log.Len() > 0 {
		t.Log(log.String())
	}
	return answers
}

// kubelet's own code runs the provider, reads its answer and keeps it for the registry.
// An image that looks like ours is pulled without a credential.
func TestKubelet(t *testing.T) {
	parts.Program(t, "kubelet-pull")
	w := newWorld(t)
	got := w.kubelet(t, "europe-docker.pkg.dev/p/r/app:v1", "europe-docker.pkg.dev/p/r/other@sha256:"+strings.Repeat("0", 64), "gcr.io/p/app",
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
