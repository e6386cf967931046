package host

import (
	"slices"
	"strings"
	"testing"
)

func TestTakesAccess(t *testing.T) {
	for name, want := range map[string]bool{
		"storage.googleapis.com": true, "run.googleapis.com": true, "us-npm.pkg.dev": true, "x.googlesource.com": true, "remotebuildexecution.googleapis.com": true,
		"example.com": false, "x-uc.a.run.app": false, "storage.googleapis.com.evil.example": false, "evilgoogleapis.com": false, "us-npm.pkg.dev:8443": false,
	} {
		h, ok := Parse("https", name)
		if !ok || h.TakesAccess() != want || Exactly(h, "p").TakesAccess() != want {
			t.Errorf("%s: %t, %t", name, ok, h.TakesAccess())
		}
	}
}

func TestBuiltIn(t *testing.T) {
	both := []string{
		"gcr.io", "us.gcr.io", "eu.gcr.io", "marketplace.gcr.io", "GCR.IO", "gcr.io:443",
		"us-docker.pkg.dev", "europe-west1-docker.pkg.dev", "northamerica-northeast1-docker.pkg.dev",
		"europe-docker.pkg.dev:443", "Europe-Docker.PKG.dev", "us-central1-npm.pkg.dev", "asia-go.pkg.dev",
		"docker.europe-west1.rep.pkg.dev",
	}
	gitOnly := []string{
		"source.developers.google.com", "googlesource.com", "android.googlesource.com", "foo-review.googlesource.com",
		"inst-123-git.us-central1.sourcemanager.dev", "proj-conn.developerconnect.dev",
	}
	neither := []string{
		"", ".", "gcr.io.", "gcr.io.evil.com", "evilgcr.io", "a.b.gcr.io", "gcr.io:8443", "gcr.io:0443", "gcr.io:", "gcr.io:443:443", "gcr.io:80",
		"a_b.gcr.io", "a-.gcr.io", "a_b.googlesource.com",
		"-docker.pkg.dev", "docker.pkg.dev", "us-docker.pkg.dev.", "us-docker.pkg.dev.evil.com", "us-docker.pkg.dev@evil.com",
		"us-docker.pkg.dev%2eevil.com", "us-docker.pkg.dev\n", "us-docker.pkg.dev evil.com", "us-docker.pkg.dev/evil", "us_docker.pkg.dev",
		"us-docker.pkg.dev:443@evil.com", "1us-docker.pkg.dev", "us-docker-.pkg.dev", "us-d0cker.pkg.dev", "x.us-docker.pkg.dev",
		"docker.rep.pkg.dev", "docker.eu.west1.rep.pkg.dev", "npm.europe-west1.rep.pkg.dev",
		"xsource.developers.google.com", "evil-googlesource.com", "googlesource.com.evil.org", "a.sourcemanager.dev", "a.b.c.sourcemanager.dev",
		"developerconnect.dev", "github.com", "index.docker.io", "[::1]", "gc\u0433.io", "gcr\u3002io", "*.gcr.io", "*",
	}
	for _, h := range slices.Concat(both, gitOnly) {
		e, _ := Parse("https", h)
		if !slices.ContainsFunc(Domains(), func(d string) bool { return e.name == d || strings.HasSuffix(e.name, "."+d) }) {
			t.Errorf("Domains() does not have that of %q", h)
		}
	}
	check := func(hosts []string, docker, git bool) {
		for _, h := range hosts {
			e, ok := Parse("https", h)
			if got := ok && e.BuiltIn(Docker); got != docker {
				t.Errorf("docker: BuiltIn(%q) = %v, want %v", h, got, docker)
			}
			if got := ok && e.BuiltIn(Git); got != git {
				t.Errorf("git: BuiltIn(%q) = %v, want %v", h, got, git)
			}
		}
	}
	check(both, true, true)
	check(gitOnly, false, true)
	check(neither, false, false)
}

func TestLoopback(t *testing.T) {
	for h, want := range map[string]bool{
		"127.0.0.1:5000": true, "127.8.9.1": true, "[::1]:80": true, "[::1]": true, "localhost": true, "LOCALHOST:5000": true,
		"127.0.0.1.evil.com": false, "localhost.evil.com": false, "10.0.0.1": false, "[::2]": false, "[::2]:80": false, "": false, ":": false, "localhost:80:evil": false, "evil:localhost": false, "evillocalhost": false, "evil.localhost": false, "localhost.": false, "0.0.0.0": false, "127.1": false,
	} {
		if got := Loopback(h); got != want {
			t.Errorf("Loopback(%q) = %v, want %v", h, got, want)
		}
	}
}

// FuzzParse holds the reader of hosts to its rule: what it takes has
// only the bytes of a host name, and reads the same when written out again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"gcr.io", "a:443", "[::1]:8080", "x.", "a@b", "a\nb", "%41", "a:0", "[fe80::1%25en0]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, ok := Parse("https", s)
		if !ok {
			return
		}
		if strings.ContainsAny(s, "@/%?#\\ \t\r\n\x00") {
			t.Fatalf("%q was taken for a host", s)
		}
		again, ok := Parse("https", e.String())
		if !ok || again != e {
			t.Fatalf("%q reads as %v, and that as %v (%v)", s, e, again, ok)
		}
	})
}

// TestAsker knows what is built in for Bazel alone.
func TestAsker(t *testing.T) {
	for name, want := range map[string]Client{
		"storage.googleapis.com": Bazel, "remotebuildexecution.googleapis.com": Bazel, "europe-docker.pkg.dev": Git, "x.googlesource.com": Git,
		"storage.googleapis.com.example.com": Git, "*.gcr.io": Git, "*.googleapis.com": Git, "storage.googleapis.com:8443": Git,
	} {
		p, err := ParsePattern(name)
		if got := p.Asker(); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
}
