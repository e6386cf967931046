package back

import (
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDockerRewrites has the real docker rewrite its file after configure, in its own
// form: after unconfigure it is byte for byte what docker makes of it where nothing was
// ever configured.
func TestDockerRewrites(t *testing.T) {
	if _, err := exec.LookPath("docker"); err != nil {
		t.Skip("there is no docker")
	}
	for name, before := range map[string]string{
		"none":     neither,
		"docker's": "{\n\t\"auths\": {\n\t\t\"ghcr.io\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t}\n}",
		"a person's": "{ \"credHelpers\": {\"gcr.io\": \"gcloud\", \"quay.io\": \"pass\"},\n" +
			"  \"plugins\": {\"iam\": {\"serviceAccount\": \"mine@p.iam.gserviceaccount.com\", \"keystore\": \"none\"}}}\n",
	} {
		t.Run(name, func(t *testing.T) {
			rewritten := func(configured bool) string {
				p := newPerson(t)
				if before != neither {
					p.Write(t, ".docker/config.json", []byte(before))
				}
				if configured {
					p.configure("--force")
					p.must("configure", "--no-check", "--service-account", account)
				}
				p.Must(t, p.Dir, nil, "docker", "context", "create", "mine", "--docker", "host=unix:///none")
				p.Must(t, p.Dir, nil, "docker", "context", "use", "mine")
				if configured {
					p.must("unconfigure")
				}
				raw, err := os.ReadFile(p.docker())
				if err != nil {
					t.Fatal(err)
				}
				return string(raw)
			}
			if diff := cmp.Diff(rewritten(false), rewritten(true)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
