package toolconfig

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

// TestHostileNames: what a client's file calls a registry is one word of the command that
// is printed for it.
func TestHostileNames(t *testing.T) {
	const name = "a b;$(id)'x"
	s := newScene(t)
	s.set(".cargo/config.toml", "[registries.\""+name+"\"]\nindex = \"sparse+https://crates.example.com/i/\"\ncredential-provider = [\"/nowhere/"+cargoProgram+"\"]\n")
	s.set(".npmrc", "//us-npm.pkg.dev/"+name+"/:tokenHelper=/nowhere/token@us-npm.pkg.dev\n")
	for _, c := range []struct {
		client Client
		word   string
	}{{cargo{}, name}, {pnpm{}, "https://us-npm.pkg.dev/" + name + "/"}} {
		if uses := s.uses(c.client); len(uses) != 1 || uses[0].Fix != "credential-iam configure --"+c.client.Name()+" "+helper.ShellWord(c.word) {
			t.Errorf("%+v", uses)
		}
	}
	const registry = "us-npm.pkg.dev/a;b"
	s.set(".npmrc", "//"+registry+"/:_authToken="+secret+"\n")
	if e := s.refused(pnpm{}, ".npmrc", false, registry); e.Hint != "credential-iam configure --pnpm "+helper.ShellWord(registry)+" --force" {
		t.Error(e)
	}
	s.set(".npmrc", none)
	s.write("programs/token@us-npm.pkg.dev", "theirs")
	if e := s.refused(pnpm{}, ".npmrc", false, registry); !strings.Contains(e.Hint, "--pnpm "+helper.ShellWord(registry)+" --link-dir ") {
		t.Error(e)
	}
	s.set(".bazelrc", "common --credential_helper=*.example.com=/opt/helper\n")
	if e := s.refused(bazel{}, ".bazelrc", false, "*.example.com"); e.Hint != "credential-iam configure --bazel "+helper.ShellWord("*.example.com")+" --force" {
		t.Error(e)
	}
}
