package host

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/docker/docker-credential-helpers/registryurl"
)

// The forms that protocols have; the adapters state theirs themselves.
var (
	docker = Form{Schemes: []string{"https", "http"}, Bare: true, API: true}
	git    = Form{Schemes: []string{"https", "http"}, User: true, Escapes: true}
	fetch  = Form{Query: true, Escapes: true}
	bazel  = Form{Schemes: []string{"https", "grpcs"}, Query: true, Escapes: true}
)

func TestForm(t *testing.T) {
	for _, c := range []struct {
		form Form
		in   string
		want string
	}{
		{docker, "gcr.io", "https gcr.io "},
		{docker, "GCR.io:443", "https gcr.io "},
		{docker, "HTTPS://gcr.io/v2/", "https gcr.io "},
		{docker, "gcr.io/v1", "https gcr.io "},
		{docker, "gcr.io/v2x", "https gcr.io v2x"},
		{docker, "gcr.io/p/r/img/", "https gcr.io p/r/img"},
		{docker, "http://127.0.0.1:80", "http 127.0.0.1 "},
		{docker, "http://127.0.0.1:443", "http 127.0.0.1:443 "},
		{docker, "gcr.io:80", "https gcr.io:80 "},
		{docker, "[::1]:5000/x", "https [::1]:5000 x"},
		{docker, "gcr.io.", "https gcr.io. "},
		{git, "https://me:pw@h:8443/a%20b//c.git/", "https h:8443 a b//c.git"},
		{git, "https://h/a%2fb", "https h a%2Fb"},
		{git, "https://h/a%252fb", "https h a%252fb"},
		{git, "https://h/100%25/b%2525", "https h 100%/b%2525"},
		{git, "https://@h", "https h "},
		{fetch, "https://h/x?go-get=1", "https h x"},
		{fetch, "https://h?x/y@z", "https h "},
		{fetch, "https://h#x", "https h "},
		{fetch, "https://h/@scope%2fname", "https h @scope%2Fname"},
		{bazel, "grpcs://remotebuildexecution.googleapis.com", "https remotebuildexecution.googleapis.com "},
		{Typed(), "GCR.io:443/v2/", "https gcr.io "},
		{Typed(), "https://me:pw@git.example/team/r", "https git.example team/r"},
		{Typed(), "https://git.example/a%20b/r.git/", "https git.example a b/r.git"},
		{Typed(), "http://localhost:5000/x", "http localhost:5000 x"},
		{Typed(), "source.developers.google.com/p/x/r", "https source.developers.google.com p/x/r"},
		{Form{}, "https://h:1", "https h:1 "},
	} {
		u, err := c.form.Read(c.in)
		if got := u.Protocol + " " + u.Host.String() + " " + u.Path; err != nil || got != c.want {
			t.Errorf("%+v.Read(%q) = %q, %v; want %q", c.form, c.in, got, err, c.want)
		}
	}
	const name = "gcr.io"
	for _, c := range []struct {
		form Form
		in   string
		want error
	}{
		{docker, "", ErrHost},
		{docker, "https://", ErrHost},
		{docker, "https:///x", ErrHost},
		{docker, "https:" + name, ErrHost},
		{docker, "//" + name, ErrHost},
		{docker, "ftp://" + name, ErrScheme},
		{docker, "://" + name, ErrScheme},
		{docker, name + "/a://b", ErrScheme},
		{docker, "u@" + name, ErrUser},
		{docker, "https://u:p@" + name, ErrUser},
		{docker, name + "?x", ErrQuery},
		{docker, name + "/p#x", ErrQuery},
		{docker, "https://evil.example?" + name, ErrQuery},
		{docker, "evil.example\\@" + name, ErrPath},
		{docker, name + "%2f", ErrHost},
		{docker, name + "/%41", ErrPath},
		{docker, name + "\n", ErrPath},
		{docker, name + " ", ErrPath},
		{docker, "\x00" + name, ErrPath},
		{docker, name + ":", ErrHost},
		{docker, name + ":0443", ErrHost},
		{docker, name + ":65536", ErrHost},
		{docker, "g\u0441r.io", ErrHost},
		{docker, "gcr\u3002io", ErrHost},
		{docker, "*.gcr.io", ErrHost},
		{docker, "[::1%25eth0]:1", ErrHost},
		{docker, "[::1]80", ErrHost},
		{docker, "[::1]x:80", ErrHost},
		{docker, "[::1]:", ErrHost},
		{docker, "[127.0.0.1]", ErrHost},
		{git, name, ErrScheme},
		{git, "ssh://" + name, ErrScheme},
		{git, "https://a@b@" + name, ErrUser},
		{git, "https://evil.example[@" + name, ErrUser},
		{git, "https://evil.example%00@" + name + "%0a", ErrHost},
		{git, "https://" + name + "/%0ahost=x", ErrPath},
		{git, "https://" + name + "/%zz", ErrPath},
		{git, "https://" + name + "/%4", ErrPath},
		{git, "https://" + name + "/\u0085", ErrPath},
		{git, "https://evil.example?" + name + "/", ErrQuery},
		{fetch, "http://" + name, ErrScheme},
		{fetch, "https://evil.example?@" + name, nil},
		{fetch, "https://" + name + "?a\nb", ErrPath},
		{bazel, "grpc://" + name, ErrScheme},
		{Typed(), " ", ErrPath},
		{Typed(), "/x", ErrHost},
		{Typed(), "a b", ErrPath},
		{Typed(), "ssh://git.example/x", ErrScheme},
		{Typed(), "git@git.example:x/y", ErrHost},
		{Typed(), "gcr.io?x=1", ErrQuery},
		{Typed(), "gcr.io#x", ErrQuery},
		{Typed(), "gcr.io:0", ErrHost},
		{Typed(), "https://gcr.io%2eexample.com", ErrHost},
		{Typed(), "file:///etc/passwd", ErrScheme},
		{Form{}, strings.Repeat("a", 256), ErrScheme},
		{docker, strings.Repeat("a", 256), ErrHost},
	} {
		u, err := c.form.Read(c.in)
		if !errors.Is(err, c.want) || c.want == nil && u.Host.String() != "evil.example" {
			t.Errorf("%+v.Read(%q) = %+v, %v; want %v", c.form, c.in, u, err, c.want)
		}
	}
}

// A base URL is what calls are made at, as it is written: nothing of its path has a
// meaning in a URL.
func TestBaseURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://API.example:443/a/v1/": "https://api.example/a/v1/", "https://api.example": "https://api.example/", "http://127.0.0.1:8080": "http://127.0.0.1:8080/",
		"http://api.example": "", "https://u:p@api.example/": "", "https://api.example/?a": "", "https://api.example/#a": "", "api.example": "",
		"https://api.example/%2e%2e/a": "", "https://api.example/\u00e9": "", "https://api.example/a\"b": "", "https://api.example/{a}": "", "https://api.example/<a>": "",
	} {
		if got, err := BaseURL(in); got != want || (err == nil) != (want != "") {
			t.Errorf("BaseURL(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestFormPattern(t *testing.T) {
	for in, want := range map[string]string{
		"https://*.*.sourcemanager.dev/x/": "https *.*.sourcemanager.dev/x",
		"*.PKG.dev:443":                    "https *.pkg.dev",
		"http://127.0.0.1:5000":            "http 127.0.0.1:5000",
		"*":                                "https *",
	} {
		protocol, p, err := Typed().ReadPattern(in)
		if got := protocol + " " + p.String(); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "a*.example.com", "*x.example.com", "gcr.io:4*", "[*]", "ssh://*.x", "https://a.*b", "*.x?y"} {
		if protocol, p, err := Typed().ReadPattern(bad); err == nil {
			t.Errorf("%q: %s %s, want an error", bad, protocol, p)
		}
	}
}

func TestReadImage(t *testing.T) {
	const digest = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for in, want := range map[string]string{
		"europe-docker.pkg.dev/p/r/img":          "europe-docker.pkg.dev p/r/img",
		"europe-docker.pkg.dev/p/r/img:v1":       "europe-docker.pkg.dev p/r/img",
		"europe-docker.pkg.dev/p/r/img" + digest: "europe-docker.pkg.dev p/r/img",
		"gcr.io:443/p/img:v1" + digest:           "gcr.io p/img",
		"localhost/x":                            "localhost x",
		"127.0.0.1:5000/x:1":                     "127.0.0.1:5000 x",
		"gcr.io.evil.example/x":                  "gcr.io.evil.example x",
		"evil.example/gcr.io/x":                  "evil.example gcr.io/x",
		"evil.example/x" + "@gcr.io/y":           "evil.example x",
	} {
		u, ok := ReadImage(in)
		if got := u.Host.String() + " " + u.Path; !ok || got != want {
			t.Errorf("ReadImage(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{
		"", "nginx", "nginx:1", "library/nginx", "gcr.io", "https://gcr.io/x", "u@gcr.io/x", "gcr.io\n/x", "gcr.io/x y", "gcr.io:/x", "/x", ":/x", ".//x",
		"gcr.io/x%0a", "gcr.io?/x", "*.gcr.io/x",
	} {
		if u, ok := ReadImage(in); ok {
			t.Errorf("ReadImage(%q) = %+v, want none", in, u)
		}
	}
}

// FuzzForm holds the reader beside those of others: the host that it finds is the
// one that net/url finds, and where docker sends it the one that docker's own
// reader finds. What it takes without reading to the end, nobody else takes for
// another host.
func FuzzForm(f *testing.F) {
	for _, s := range []string{
		"gcr.io", "https://gcr.io/v2/", "https://a@gcr.io", "https://a:b@gcr.io/%2e%2e", "gcr.io:443/x", "http://[::1]:5000/v1/", "https://a\\b",
		"https://h?x@y", "https://h#@y", "https://a@b@c/", "h/a://b", "https://h/%41%zz", "HTTPS://H", "https://[::1%25x]/", "https://h:00443/", "//h",
		"https://a%40b@c", "*.gcr.io", "gcr.io.", "https://\u0130.example/",
	} {
		f.Add(s)
	}
	forms := []Form{docker, git, fetch, {}, Typed(), {Bare: true, User: true, Query: true, Escapes: true}}
	f.Fuzz(func(t *testing.T, s string) {
		for _, form := range forms {
			u, err := form.Read(s)
			if err != nil {
				if u != (URL{}) {
					t.Fatalf("%q: %v, and yet %+v", s, err, u)
				}
				continue
			}
			if strings.ContainsAny(s, "\\ \t\r\n\x00\x7f") || strings.ContainsAny(u.Path, "\r\n\x00") || u.Host == (Host{}) {
				t.Fatalf("%+v.Read(%q) = %+v", form, s, u)
			}
			text := s
			if !strings.Contains(s, "://") {
				text = "https://" + s
			}
			sameHost(t, s, u, text, url.Parse)
			if form.Bare && !form.Query && !form.User && !form.Escapes {
				sameHost(t, s, u, s, registryurl.Parse)
			}
			again, err := Form{Schemes: []string{"https", "http"}}.Read(u.Protocol + "://" + u.Host.String())
			if err != nil || again.Host != u.Host {
				t.Fatalf("%q reads as %v, and that as %v (%v)", s, u.Host, again.Host, err)
			}
			_, p, err := form.ReadPattern(s)
			if strings.HasSuffix(u.Host.Name(), ".") { // asked for it is nobody's, and nobody is to configure it
				if err == nil {
					t.Fatalf("%q is the pattern %v", s, p)
				}
				continue
			}
			if err != nil || !p.Matches(u.Host) || p.Stars() > 0 {
				t.Fatalf("%q is the host %v, and not the pattern %v (%v)", s, u.Host, p, err)
			}
		}
	})
}

// sameHost compares a host with what another reader finds in text. The other
// reader may refuse what it is given: Go's refuses user names and paths that a URL
// does not have.
func sameHost(t *testing.T, s string, u URL, text string, parse func(string) (*url.URL, error)) {
	t.Helper()
	other, err := parse(text)
	if err != nil {
		return
	}
	h, ok := Parse(u.Protocol, other.Host)
	if !ok || h != u.Host {
		t.Fatalf("%q: the host %v, but another reader finds %q", s, u.Host, other.Host)
	}
	if strings.Contains(u.Path, "%") || u.Path == "" {
		return
	}
	if path := strings.Trim(other.Path, "/"); path != u.Path {
		t.Fatalf("%q: the path %q, but another reader finds %q", s, u.Path, path)
	}
}

// FuzzReadImage has the host of an image at its start.
func FuzzReadImage(f *testing.F) {
	for _, s := range []string{"gcr.io/x:1@sha256:00", "nginx", "a@b/c", "localhost/x", "h:1/x:y/z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, ok := ReadImage(s)
		if !ok {
			return
		}
		name, _, _ := strings.Cut(s, "/")
		if h, ok := Parse("https", name); !ok || h != u.Host || strings.ContainsAny(u.Path, "@ \r\n\x00") {
			t.Fatalf("%q has the host %v and the path %q", s, u.Host, u.Path)
		}
	})
}
