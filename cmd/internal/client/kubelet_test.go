package client

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/adaptertest"
)

const kubeletName = "kubelet-credential-iam"

func kubeletRequest(image string) string {
	return `{"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"` + image + `"}`
}

// kubeletAnswer reads an answer as kubelet does: "TYPE NAME USER KIND".
func kubeletAnswer(t *testing.T, r adaptertest.Result) (answer string, keep time.Duration) {
	t.Helper()
	var a struct {
		Kind, APIVersion, CacheKeyType, CacheDuration string
		Auth                                          map[string]struct{ Username, Password string }
	}
	d := json.NewDecoder(strings.NewReader(r.Stdout))
	d.DisallowUnknownFields()
	err := d.Decode(&a)
	keep, durationErr := time.ParseDuration(a.CacheDuration)
	if r.Code != 0 || r.Stderr != "" || err != nil || durationErr != nil || a.Kind != "CredentialProviderResponse" || a.APIVersion != kubeletVersion || len(a.Auth) > 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	answer = a.CacheKeyType
	for name, auth := range a.Auth {
		kind, _, _ := strings.Cut(auth.Password, ".")
		answer += " " + name + " " + auth.Username + " " + kind
	}
	return answer, keep
}

func TestKubelet(t *testing.T) {
	w := newWorld(t)
	for image, want := range map[string]string{
		"europe-docker.pkg.dev/p/r/i:1": "Registry europe-docker.pkg.dev oauth2accesstoken access",
		"gcr.io/p/i@sha256:00":          "Registry gcr.io oauth2accesstoken access",
		"id.example.com/x":              "Registry id.example.com oauth2accesstoken id",
		"named.example.com:443/x":       "Registry named.example.com robot id",
		"path.example.com/b/c:latest":   "Image path.example.com/b/c oauth2accesstoken access",
	} {
		if got, keep := kubeletAnswer(t, run(w, kubeletRequest(image), kubeletName)); got != want || keep != kubeletKeeps {
			t.Errorf("%s: %s for %s, want %s", image, got, keep, want)
		}
	}
	w.Mints()
	for _, image := range []string{
		"nginx", "library/nginx", "docker.io/library/nginx", "gcr.io.evil.example/x", "evil.example/gcr.io/x", "https://gcr.io/x", "u@gcr.io/x", `gcr.io\n/x`, `gcr.io\u0000/x`,
		"storage.googleapis.com/x", "x.googlesource.com/x", "gcr.io:8443/x", strings.Repeat("a", 500_000) + "/x",
	} {
		if got, keep := kubeletAnswer(t, run(w, kubeletRequest(image), kubeletName)); got != "Image" || keep != 0 {
			t.Errorf("%.40s: %s for %s, want no credential", image, got, keep)
		}
	}
	pod := strings.Replace(kubeletRequest("gcr.io/p/i"), "{", `{"serviceAccountToken":"hunter2",`, 1)
	for _, in := range []string{
		"", "{}", "[]", kubeletRequest(""), strings.Replace(kubeletRequest("gcr.io/p/i"), "/v1\"", "/v2\"", 1), pod, kubeletRequest("unsaid.example.com/x"),
		kubeletRequest("gcr.io/p/i") + strings.Repeat(" ", maxMessage),
	} {
		if r := run(w, in, kubeletName); r.Code != 1 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || strings.Contains(r.Stderr, "hunter2") {
			t.Errorf("%.60q: %+v", in, r)
		}
	}
	if m := w.Mints(); len(m) > 0 {
		t.Errorf("other images caused %q", m)
	}
}

// An answer is kept for less than its token lives.
func TestKubeletKeeps(t *testing.T) {
	w := newWorld(t)
	w.Core(adaptertest.Core{Lifetime: 2 * time.Minute})
	if _, keep := kubeletAnswer(t, run(w, kubeletRequest("gcr.io/p/i"), kubeletName)); keep > 108*time.Second || keep < time.Minute {
		t.Errorf("kept for %s", keep)
	}
}

// FuzzKubelet holds the reader beside encoding/json.
func FuzzKubelet(f *testing.F) {
	f.Add(kubeletRequest("gcr.io/x"))
	f.Add(`{"image":"a","IMAGE":"b/c","kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1"}`)
	f.Fuzz(func(t *testing.T, in string) {
		image, err := readKubelet([]byte(in))
		if err != nil {
			return
		}
		var want struct {
			Image string `json:"image"`
			Token string `json:"serviceAccountToken"`
		}
		if err := json.Unmarshal([]byte(in), &want); err != nil || want.Image != image || want.Token != "" {
			t.Fatalf("%q: %q; encoding/json: %+v, %v", in, image, want, err)
		}
	})
}
