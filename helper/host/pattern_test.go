package host

import (
	"strings"
	"testing"
)

// A pattern is built in where every host that it matches is, and nobody needs a
// host to stand for its "*".
func TestPatternBuiltIn(t *testing.T) {
	for s, want := range map[string]string{
		"gcr.io": "docker git bazel", "*.gcr.io": "docker git bazel", "*.gcr.io/proj": "docker git bazel", "us-docker.pkg.dev:443": "docker git bazel",
		"*.googlesource.com": "git", "*.*.sourcemanager.dev": "git", "x.*.sourcemanager.dev": "git",
		"storage.googleapis.com": "bazel", "remotebuildexecution.googleapis.com": "bazel",
		// Some of their hosts are built in and some are not.
		"*.pkg.dev": "", "docker.*.rep.pkg.dev": "", "*.io": "", "*": "", "*.*": "", "*.googleapis.com": "", "*.gcr.io:8443": "", "*.*.gcr.io": "",
		"*.rep.pkg.dev": "", "*.developers.google.com": "", "*.*.*.dev": "",
	} {
		p, err := ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []Client{Docker, Git, Bazel} {
			if got := p.BuiltIn(c); got != strings.Contains(want, string(c)) {
				t.Errorf("%s for %s: built in is %v", s, c, got)
			}
		}
	}
}

// What is built in for one client is not for another, and its look-alikes are for
// nobody.
func TestBuiltInForOneClient(t *testing.T) {
	for s, only := range map[string]Client{
		"storage.googleapis.com": Bazel, "remotebuildexecution.googleapis.com": Bazel, "STORAGE.googleapis.com:443": Bazel,
		"source.developers.google.com": Git, "x.googlesource.com": Git,
		"storage.googleapis.com.evil.example": "", "xstorage.googleapis.com": "", "x.storage.googleapis.com": "", "storage-googleapis.com": "",
		"storage.googleapis.com.": "", "storage.googleapis.com:8443": "", "googleapis.com": "", "iamcredentials.googleapis.com": "", "storage.google.com": "",
		"remotebuildexecution.googleapis.com.evil.example": "", "xremotebuildexecution.googleapis.com": "",
	} {
		for _, c := range []Client{Docker, Git, Bazel, "another"} {
			h, ok := Parse("https", s)
			if got := ok && h.BuiltIn(c); got != (c == only) {
				t.Errorf("%s for %s: built in is %v", s, c, got)
			}
		}
	}
}

func TestCoversOverlaps(t *testing.T) {
	for _, c := range []struct {
		p, q             string
		covers, overlaps bool
	}{
		{"a.example.com", "a.example.com", true, true},
		{"*.example.com", "a.example.com", true, true},
		{"a.example.com", "*.example.com", false, true},
		{"*.example.com", "*.example.com", true, true},
		{"*.*.com", "*.example.com", true, true},
		{"*.example.com", "*.*.com", false, true},
		{"a.*.com", "*.b.com", false, true},
		{"a.*.com", "b.*.com", false, false},
		{"*.example.com", "example.com", false, false},
		{"*.example.com:1", "a.example.com", false, false},
		{"*", "localhost", true, true},
		{"[::1]", "[::1]", true, true},
	} {
		p, err1 := ParsePattern(c.p)
		q, err2 := ParsePattern(c.q)
		if err1 != nil || err2 != nil || p.Covers(q) != c.covers || p.Overlaps(q) != c.overlaps || q.Overlaps(p) != c.overlaps {
			t.Errorf("%s, %s: covers %v, overlaps %v and %v (%v, %v)", c.p, c.q, p.Covers(q), p.Overlaps(q), q.Overlaps(p), err1, err2)
		}
	}
}

// FuzzPattern holds patterns to what follows from their names: one without a star
// is a host, covering implies overlapping, and what is built in matches nothing
// that is not.
func FuzzPattern(f *testing.F) {
	f.Add("*.gcr.io", "us.gcr.io")
	f.Add("*.*.sourcemanager.dev/x", "a.b.sourcemanager.dev")
	f.Add("*:44*", "a")
	f.Add("docker.*.rep.pkg.dev", "docker.-.rep.pkg.dev")
	for _, s := range []string{"a_b.c-d.9", "a.b.", "a..b", ".a", "-a", "A.b", "a:443", "a/b", "*.a"} {
		f.Add(s, "a.b")
	}
	f.Fuzz(func(t *testing.T, s, name string) {
		p, err := ParsePattern(s)
		if Plain([]byte(s)) && (err != nil || p.Host() != s || p.Stars() > 0 || p.Path() != "" || p.String() != s) {
			t.Fatalf("%q is plain, and reads as %v (%v)", s, p, err)
		}
		if err == nil && p.Host() == s && p.host.port == "" && p.Stars() == 0 && !strings.HasPrefix(s, "[") && !Plain([]byte(s)) {
			t.Fatalf("%q is not plain", s)
		}
		if err != nil {
			return
		}
		if again, err := ParsePattern(p.String()); err != nil || again != p {
			t.Fatalf("%q reads as %v, and that as %v (%v)", s, p, again, err)
		}
		h, ok := Parse("https", name)
		if !ok {
			return
		}
		q := Exactly(h, "")
		if p.Covers(q) != p.Matches(h) || p.Covers(q) && !p.Overlaps(q) || p.Overlaps(q) != q.Overlaps(p) {
			t.Fatalf("%v, %v: covers %v, overlaps %v", p, q, p.Covers(q), p.Overlaps(q))
		}
		for label := range strings.SplitSeq(h.Name(), ".") {
			if !Label(label) {
				return // a name that DNS does not have
			}
		}
		for _, c := range []Client{Docker, Git, Bazel} {
			if p.BuiltIn(c) && p.Matches(h) && !h.BuiltIn(c) {
				t.Fatalf("%v is built in for %s, and %v, which it matches, is not", p, c, h)
			}
		}
	})
}
