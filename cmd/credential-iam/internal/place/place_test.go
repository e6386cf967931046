package place

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/host"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"gcr.io":                             "https gcr.io ",
		"GCR.io:443":                         "https GCR.io:443 ",
		"gcr.io/proj/image":                  "https gcr.io proj/image",
		"https://gcr.io":                     "https gcr.io ",
		"https://gcr.io/v2/":                 "https gcr.io ",
		"https://gcr.io/v1/":                 "https gcr.io ",
		"https://me:pw@git.example/team/r":   "https git.example team/r",
		"http://localhost:5000/x":            "http localhost:5000 x",
		"[::1]:5000":                         "https [::1]:5000 ",
		"https://git.example/a%20b/r.git/":   "https git.example a b/r.git",
		"source.developers.google.com/p/x/r": "https source.developers.google.com p/x/r",
	} {
		r, err := Parse(in)
		if got := r.Protocol + " " + r.Host + " " + r.Path; err != nil || got != want {
			t.Errorf("Parse(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{
		"", " ", "https://", "/x", "a b", "ssh://git.example/x", "git@git.example:x/y", "gcr.io?x=1", "gcr.io#x",
		"gcr.io:0", "gcr.io:x", "gcr.io:99999", "https://gcr.io\n", "gcr.io/%0a", "https://gcr.io%2eexample.com", "*.gcr.io",
		"file:///etc/passwd", "https:gcr.io", "host\x00",
	} {
		if r, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", bad, r)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"gcr.io", "https://a@b:1/c?d#e", "[::1]:2", "http://x/%2e%2e", "a\r\nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			return
		}
		_, ok := host.Canonical(r.Protocol, r.Host)
		if !ok || strings.ContainsAny(r.Host, "/@?#%\\ \r\n\x00") || strings.ContainsAny(r.Path, "\r\n\x00") {
			t.Errorf("Parse(%q) = %+v", s, r)
		}
	})
}

func TestBare(t *testing.T) {
	for in, want := range map[string]string{
		"GCR.io:443": "gcr.io", "https://gcr.io/v2/": "gcr.io", "*.pkg.dev": "*.pkg.dev", "git.example/team/": "git.example/team", "a b": "a b",
	} {
		if got := Bare(in); got != want {
			t.Errorf("Bare(%q) = %q, want %q", in, got, want)
		}
	}
}
