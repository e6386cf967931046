package near_test

import (
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// at is the place that a client asks about.
func at(t *testing.T, name string, client host.Client) config.Place {
	t.Helper()
	p, ok := config.At(helper.Request{Client: client, Protocol: "https", Host: name})
	if !ok {
		t.Fatal(name)
	}
	return p
}

func TestHost(t *testing.T) {
	for in, want := range map[string]string{
		"europe-docker.pkg.dve": "europe-docker.pkg.dev", "europe-docker.pkg.de": "europe-docker.pkg.dev", "europe-docker.pkgdev": "europe-docker.pkg.dev",
		"europe-docker.pgk.dev": "europe-docker.pkg.dev", "eu.gcr.i": "eu.gcr.io", "android.googelsource.com": "android.googlesource.com",
		"eurpe-docker.pkg.dve":        "europe-docker.pkg.dev",
		"source.developer.google.com": "source.developers.google.com", "i-1-git.us.sourcemanger.dev": "i-1-git.us.sourcemanager.dev",
		"gcr.io": "", "ghcr.io": "", "quay.io": "", "docker.io": "", "example.com": "", "pkg.dev": "", "x.europe-docker.pkg.de": "",
	} {
		if got, _ := near.Host(at(t, in, host.Git)); got.String() != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// Docker asks for one format, the other clients for each that there is; what is no host
// of Artifact Registry's has none.
func TestFormat(t *testing.T) {
	for _, c := range []struct {
		typed  string
		client host.Client
		meant  string
	}{
		{"europe-dokcer.pkg.dev", host.Docker, "europe-docker.pkg.dev"},
		{"europe-west4-npm.pkg.dev", host.Docker, "europe-west4-docker.pkg.dev"},
		{"us-pyhton.pkg.dev", host.Keyring, "us-python.pkg.dev"},
		{"us-npm.pkg.dev", host.Header, ""},
		{"us-docker.pkg.dev", host.Docker, ""},
		{"docker.us.rep.pkg.dev", host.Docker, ""},
		{"gcr.io", host.Docker, ""},
		{"us-dokcer.pkg.dev:8443", host.Docker, ""},
	} {
		if meant, ok := near.Format(at(t, c.typed, c.client)); ok != (c.meant != "") || meant.String() != c.meant {
			t.Errorf("%s for %s: %s, %v; want %q", c.typed, c.client, meant, ok, c.meant)
		}
	}
}
