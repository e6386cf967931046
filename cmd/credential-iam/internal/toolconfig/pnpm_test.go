package toolconfig

import (
	"context"
	"strings"
	"testing"
)

func TestPnpm(t *testing.T) {
	s := newScene(t)
	const file, url, line = ".npmrc", "https://us-npm.pkg.dev/proj/repo", "//us-npm.pkg.dev/proj/repo/:"
	for _, content := range []string{none, "", "registry=" + url, "; mine\nregistry=" + url + "\n\n", "a=b\n[section]\nc=d\n", "a=b\r\n",
		"//other.example.com/:_authToken=" + secret + "\n", line[:len(line)-1] + "x:_authToken=" + secret + "\n"} {
		between := s.back(pnpm{}, file, content, false, url)
		if !strings.Contains(between, line+"tokenHelper="+s.path("programs/token@us-npm.pkg.dev")) {
			t.Errorf("%q", between)
		}
		if i := strings.Index(between, "[section]"); i >= 0 && i < strings.Index(between, "tokenHelper") {
			t.Errorf("the line is in a section: %q", between)
		}
		if s.read("programs/token@us-npm.pkg.dev") != none {
			t.Error("the link is left")
		}
	}
	for _, theirs := range []string{line + "_authToken=" + secret + "\n", line + "username=me\nx=y\n" + line + "_password=" + secret + "\n", line + "tokenHelper=/opt/helper\n"} {
		s.set(file, theirs)
		if e := s.refused(pnpm{}, file, false, url); !strings.HasSuffix(e.Hint, "--force") {
			t.Error(e)
		}
		s.back(pnpm{}, file, theirs, true, url)
	}
	// Two registries of a host share the link.
	s.set(file, none)
	s.configure(pnpm{}, false, url, url+"2")
	s.do(pnpm{}.Unconfigure(context.Background(), s.World, func(u Use) bool { return u.Name == url+"/" }))
	if uses := s.uses(pnpm{}); len(uses) != 1 || uses[0].Trouble != "" || uses[0].Host() != "us-npm.pkg.dev" {
		t.Errorf("%+v", uses)
	}
	// The link moves, and nothing of the old one comes back.
	s.LinkDir = s.path("elsewhere")
	s.configure(pnpm{}, false, url+"2")
	if uses := s.uses(pnpm{}); len(uses) != 1 || uses[0].Program != s.path("elsewhere/token@us-npm.pkg.dev") {
		t.Errorf("%+v", uses)
	}
	s.unconfigure(pnpm{})
	if s.read(file) != none {
		t.Errorf("%q", s.read(file))
	}
	s.LinkDir = s.path("a b")
	s.refused(pnpm{}, file, true, url)
	for _, name := range []string{"http://us-npm.pkg.dev/", "https://u:" + secret + "@us-npm.pkg.dev/", "https://us-npm.pkg.dev/\nx=y", "us-npm.pkg.dev/?a", "../../x"} {
		if _, err := (pnpm{}).Configure(context.Background(), s.World, []string{name}, true); err == nil {
			t.Errorf("%q is configured", name)
		}
	}
}
