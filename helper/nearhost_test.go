package helper

import (
	"testing"

	"github.com/credential-iam/credential-iam/helper/host"
)

func TestNearHost(t *testing.T) {
	for in, want := range map[string]string{
		"europe-docker.pkg.dve": "europe-docker.pkg.dev", "europe-docker.pkg.de": "europe-docker.pkg.dev", "europe-docker.pkgdev": "europe-docker.pkg.dev",
		"europe-docker.pgk.dev": "europe-docker.pkg.dev", "eu.gcr.i": "eu.gcr.io", "android.googelsource.com": "android.googlesource.com",
		"source.developer.google.com": "source.developers.google.com", "i-1-git.us.sourcemanger.dev": "i-1-git.us.sourcemanager.dev",
		"gcr.io": "", "ghcr.io": "", "quay.io": "", "docker.io": "", "example.com": "", "pkg.dev": "", "x.europe-docker.pkg.de": "",
	} {
		h, ok := host.Parse("https", in)
		if !ok {
			t.Fatal(in)
		}
		if got, _ := NearHost(h, host.Git); got.String() != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
