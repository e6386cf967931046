package bundle

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/doctor"
)

// planted are secrets in every place that a bundle reads.
var planted = []string{"auth-s3cret", "header-s3cret", "option-s3cret", "proxy-s3cret", "comment-s3cret", "helper-s3cret", "url-s3cret", "other-s3cret", "env-s3cret", "ya29.s3cret"}

func TestBundle(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b := Bundle{
		Time: time.Unix(1, 0), Versions: []string{"credential-iam v1", "git version 2"},
		Findings: []doctor.Finding{{Name: "source", Result: doctor.Error, Detail: "there is none", Fix: "gcloud auth application-default login"}},
		Docker: []string{write("config.json", `{
			"auths": {"gcr.io": {"auth": "auth-s3cret"}}, "HttpHeaders": {"X": "header-s3cret"}, "credHelpers": {"gcr.io": "iam"},
			"plugins": {
				"iam": {"serviceAccount": "deployer@p.iam.gserviceaccount.com", "source": "ya29.s3cret", "issuer.password": "option-s3cret"},
				"other": {"x": "other-s3cret"}
			}
		}`), write("broken.json", `{"plugins": {"iam": {"source": "other-s3cret"}`), filepath.Join(dir, "none.json"), ""},
		Git: []string{write("gitconfig", `# comment-s3cret
[credential "https://bob:url-s3cret@h.example.com"]
	helper = "!f() { echo helper-s3cret; }; f"
	helper = /usr/bin/git-credential-iam
[http "https://h.example.com"]
	extraHeader = Authorization: header-s3cret
	proxy = http://u:proxy-s3cret@proxy.example.com
`)},
		Environ: []string{
			"HOME=/home/me", "HTTPS_PROXY=http://u:proxy-s3cret@proxy.example.com:3128", "CLOUDSDK_AUTH_ACCESS_TOKEN=env-s3cret",
			"GOOGLE_APPLICATION_CREDENTIALS={\"private_key\":\"env-s3cret\"}", "AWS_SECRET_ACCESS_KEY=env-s3cret", "MY_PASSWORD=env-s3cret",
			"GOOGLE_CLOUD_PROJECT=demo", "PATH=/usr/bin:/bin",
		},
	}
	got := b.Text()
	for _, s := range planted {
		if strings.Contains(got, s) {
			t.Errorf("%s is in the bundle:\n%s", s, got)
		}
	}
	for _, want := range []string{
		"credential-iam doctor, 1970-01-01T00:00:01Z\n", "\n== versions\ncredential-iam v1\ngit version 2\n", "error    source: there is none\n",
		`"gcr.io": "iam"`, "deployer@p.iam.gserviceaccount.com", `"issuer.password": "REDACTED"`, "broken.json\nit cannot be parsed, and is not shown\n",
		"none.json\nthere is none\n", "helper = /usr/bin/git-credential-iam\n", "HOME=/home/me\n", "GOOGLE_CLOUD_PROJECT=demo\n", "CLOUDSDK_AUTH_ACCESS_TOKEN=REDACTED\n",
		"proxy.example.com:3128",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in the bundle:\n%s", want, got)
		}
	}
	if strings.Contains(got, "AWS_SECRET") || strings.Contains(got, "MY_PASSWORD") {
		t.Errorf("a variable that nobody needs:\n%s", got)
	}
}
