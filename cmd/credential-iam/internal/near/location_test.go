package near_test

import (
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/helper/host"
)

// A location that is a letter or two away from a known one is misspelled; one that is
// none of them is new.
func TestLocation(t *testing.T) {
	for in, want := range map[string]string{
		"eurpe-docker.pkg.dev":                       "europe-docker.pkg.dev",
		"erope-python.pkg.dev":                       "europe-python.pkg.dev",
		"eu-docker.pkg.dev":                          "europe-docker.pkg.dev",
		"su-npm.pkg.dev":                             "us-npm.pkg.dev",
		"europe-wset4-docker.pkg.dev":                "europe-west4-docker.pkg.dev",
		"europe-west-docker.pkg.dev":                 "europe-west1-docker.pkg.dev",
		"docker.us-cetnral1.rep.pkg.dev":             "docker.us-central1.rep.pkg.dev",
		"dev-123-git.europe-wst4.sourcemanager.dev":  "dev-123-git.europe-west4.sourcemanager.dev",
		"ue.gcr.io":                                  "eu.gcr.io",
		"aisa.gcr.io":                                "asia.gcr.io",
		"eur.gcr.io":                                 "eu.gcr.io",
		"europe-docker.pkg.dev":                      "",
		"me-central2-maven.pkg.dev":                  "",
		"docker.us.rep.pkg.dev":                      "",
		"dev-123-git.europe-west4.sourcemanager.dev": "",
		"europe-west13-docker.pkg.dev":               "", // the next of its area
		"antarctica-south1-docker.pkg.dev":           "",
		"canada-docker.pkg.dev":                      "",
		"gcr.io":                                     "", "eu.gcr.io": "", "us.gcr.io": "", "k8s.gcr.io": "", "l.gcr.io": "", "a.gcr.io": "", "mirror.gcr.io": "", "marketplace.gcr.io": "",
		"eurpe-docker.pkg.dev:8443": "", "eurpe.example.com": "", "ue.example.com": "", "eurpe.googlesource.com": "",
	} {
		if got, ok := near.Location(at(t, in, host.Git)); got.String() != want || ok != (want != "") {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
