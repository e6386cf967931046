package toolconfig

import (
	"context"
	"strings"
	"testing"
)

func TestBazel(t *testing.T) {
	s := newScene(t)
	const file = ".bazelrc"
	for _, content := range []string{none, "", "\n", "build --foo", "build --foo\n", "# mine\n\nbuild --remote_header=x-key=" + secret + "\n\n", "build --a\r\nbuild --b\r\n"} {
		between := s.back(bazel{}, file, content, false, "storage.googleapis.com", "*.pkg.dev")
		if !strings.Contains(between, "common --credential_helper=storage.googleapis.com="+s.Bin) || !strings.Contains(between, "=*.pkg.dev=") {
			t.Errorf("%q", between)
		}
	}
	s.set(file, none)
	s.configure(bazel{}, false, "gcr.io")
	if got := s.read(file); !strings.HasPrefix(got, added+"\ncommon ") || !strings.HasSuffix(got, bazelProgram+"\n") {
		t.Errorf("a new file is %q", got)
	}
	theirs := "common --credential_helper=*.pkg.dev=/opt/other --foo\nbuild --credential_helper=europe-maven.pkg.dev=/opt/other-helper\n"
	s.set(file, theirs)
	if e := s.refused(bazel{}, file, false, "europe-maven.pkg.dev"); !strings.HasSuffix(e.Hint, "--force") {
		t.Error(e)
	}
	between := s.back(bazel{}, file, theirs, true, "europe-maven.pkg.dev")
	if !strings.Contains(between, displaced+"build --credential_helper=europe-maven.pkg.dev=/opt/other-helper\n") {
		t.Errorf("%q", between)
	}
	// The program moved: the line does, too.
	s.set(file, "common --credential_helper=gcr.io=bazel-credential-iam\n")
	s.configure(bazel{}, false, "gcr.io")
	if got := s.read(file); !strings.HasPrefix(got, "common --credential_helper=gcr.io="+s.Bin) {
		t.Errorf("%q", got)
	}
	s.set(file, "build --foo \\")
	s.refused(bazel{}, file, false, "gcr.io")
	s.set(file, "b\x00u")
	s.refused(bazel{}, file, false, "gcr.io")
	s.set(file, none)
	for _, name := range []string{"http://gcr.io", "https://user@gcr.io", "gcr.io\nbuild --x", "", "gcr.io evil"} {
		if _, err := (bazel{}).Configure(context.Background(), s.World, []string{name}, true); err == nil {
			t.Errorf("%q is configured", name)
		}
	}
}

// TestBazelOfOne takes one host back, and leaves another.
func TestBazelOfOne(t *testing.T) {
	s := newScene(t)
	s.configure(bazel{}, false, "gcr.io", "eu.gcr.io")
	s.do(bazel{}.Unconfigure(context.Background(), s.World, func(u Use) bool { return u.Host() == "eu.gcr.io" }))
	if uses := s.uses(bazel{}); len(uses) != 1 || uses[0].Server != "gcr.io" || strings.Count(s.read(".bazelrc"), "\n") != 2 {
		t.Errorf("%+v\n%s", uses, s.read(".bazelrc"))
	}
}
