package toolconfig

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/host"
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
}

// TestPnpmNames: what is no name of a registry is an error that does not show it, and
// nothing is planned.
func TestPnpmNames(t *testing.T) {
	s := newScene(t)
	s.configure(pnpm{}, false, "https://us-npm.pkg.dev/proj/repo") // for which nothing is in the way
	before := s.read(".npmrc")
	for name, want := range map[string]error{
		"http://us-npm.pkg.dev/": host.ErrScheme, "https://u:" + secret + "@us-npm.pkg.dev/": host.ErrUser, "u@us-npm.pkg.dev/proj/two": host.ErrUser,
		"us-npm.pkg.dev/?a": host.ErrQuery, "https://us-npm.pkg.dev/#" + secret: host.ErrQuery, "https://us-npm.pkg.dev/\nx=y": host.ErrPath, "../../x": host.ErrHost,
	} {
		plan, err := (pnpm{}).Configure(context.Background(), s.World, []string{name}, true)
		if !errors.Is(err, want) || len(plan.Steps) > 0 {
			t.Errorf("%q: %v, want %v; steps %+v", name, err, want, plan.Steps)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows a password: %v", err)
		}
	}
	if after := s.read(".npmrc"); after != before {
		t.Errorf("it was changed:\n%s", after)
	}
}
