package configure

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
)

// withPrograms installs the programs that tools run.
func (s *scene) withPrograms() *scene {
	s.t.Helper()
	for _, name := range []string{"credential-iam-client", "bazel-credential-iam", "cargo-credential-iam", "terraform-credentials-iam"} {
		s.write(filepath.Join("bin", name), "ours")
	}
	return s
}

// TestTools writes the sections of the servers that the tools talk to, and takes all
// of it back.
func TestTools(t *testing.T) {
	s := newScene(t).withPrograms()
	bazelrc, cargo := s.home.Path(".bazelrc"), s.home.Path(".cargo/config.toml")
	const registry = "[registries.private]\nindex = \"sparse+https://crates.example.com:8443/index/\"\n"
	s.write(".cargo/config.toml", registry)
	r := Request{Keys: keys("serviceAccount", account), Tools: map[string][]string{"cargo": {"private"}, "bazel": {"storage.googleapis.com"}}}
	_, err := s.Configure(context.Background(), r)
	if !errors.As(err, new(UsageError)) || !strings.Contains(err.Error(), "--cargo private (crates.example.com:8443)") || s.read(cargo) != registry || s.read(bazelrc) != "(none)" {
		t.Errorf("without consent: %v", err)
	}
	r.Keys["token"], r.Hosts = "id", []string{"https://api.example.com/v1"}
	s.configure(r)
	for _, section := range []string{"iam@crates.example.com:8443", "iam@storage.googleapis.com", "iam@api.example.com"} {
		if !strings.Contains(s.read(s.docker), `"`+section+`"`) {
			t.Errorf("no section %s in\n%s", section, s.read(s.docker))
		}
	}
	s.sameAgain(func() Report { return s.configure(r) })
	// One host is taken back, from the tool that asks for it.
	s.unconfigure(Request{Hosts: []string{"crates.example.com:8443"}})
	if s.read(cargo) != registry || s.read(bazelrc) == "(none)" || strings.Contains(s.read(s.docker), "crates") {
		t.Errorf("%s\n%s\n%s", s.read(cargo), s.read(bazelrc), s.read(s.docker))
	}
	// A tool alone leaves docker's file as it is.
	before := s.read(s.docker)
	s.unconfigure(Request{Tools: map[string][]string{"bazel": nil}})
	if s.read(bazelrc) != "(none)" || s.read(s.docker) != before {
		t.Errorf("%s\n%s", s.read(bazelrc), s.read(s.docker))
	}
	s.unconfigure(Request{})
	if s.read(s.docker) != "(none)" {
		t.Errorf("%s", s.read(s.docker))
	}
}

// TestToolsAreTakenBack has git's file be one that cannot be written: what was done to
// the tools before is undone.
func TestToolsAreTakenBack(t *testing.T) {
	s := newScene(t).withPrograms()
	s.needGit()
	s.write(".gitconfig.lock", "")
	s.write(".bazelrc", "build --foo")
	_, err := s.Configure(context.Background(), Request{Keys: keys("serviceAccount", account), Git: []string{"googlesource.com"},
		Tools: map[string][]string{"bazel": {"gcr.io"}, "terraform": nil}})
	if err == nil || s.read(s.home.Path(".bazelrc")) != "build --foo" || s.read(s.home.Path(".terraform.d/credential-iam.tfrc")) != "(none)" {
		t.Errorf("%v\n%s", err, s.read(s.home.Path(".bazelrc")))
	}
	if _, err := os.Lstat(s.home.Path(".terraform.d/plugins/terraform-credentials-iam")); err == nil {
		t.Error("the link is left")
	}
}

// TestToolsForced has the command that forces name all that was typed.
func TestToolsForced(t *testing.T) {
	s := newScene(t).withPrograms()
	s.write(".bazelrc", "build --credential_helper=gcr.io=/opt/other\n")
	_, err := s.Configure(context.Background(), Request{Keys: keys("serviceAccount", account), Docker: []string{"eu.gcr.io"}, Hosts: []string{"europe-python.pkg.dev"},
		LinkDir: "/a b", Tools: map[string][]string{"bazel": {"gcr.io"}, "terraform": nil}})
	want := "credential-iam configure --service-account " + account + " --docker eu.gcr.io --bazel gcr.io --terraform --host europe-python.pkg.dev --link-dir '/a b' --force"
	if e := helper.AsError(err); e.Hint != want || e.Who != helper.User {
		t.Errorf("%+v, want %s", e, want)
	}
	for _, host := range []string{"europe-python.pkg.dve", "crates.example.com", "http://api.example.com", "https://me:hunter2@api.example.com/"} {
		r := Request{Hosts: []string{host}}
		if strings.HasSuffix(host, ".dve") {
			r.Keys = keys("token", "id") // for this host alone it is no consent
		}
		_, err := s.Configure(context.Background(), r)
		if !errors.As(err, new(UsageError)) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestToolsThroughLinks keeps the links of people who keep their files elsewhere.
func TestToolsThroughLinks(t *testing.T) {
	s := newScene(t).withPrograms()
	s.write("dotfiles/bazelrc", "")
	for _, exists := range []bool{true, false} {
		_ = os.Remove(s.home.Path(".bazelrc"))
		if err := os.Symlink("dotfiles/bazelrc", s.home.Path(".bazelrc")); err != nil {
			t.Skip(err)
		}
		if !exists {
			_ = os.Remove(s.home.Path("dotfiles/bazelrc"))
		}
		s.configure(Request{Keys: keys("serviceAccount", account), Tools: map[string][]string{"bazel": {"gcr.io"}}})
		if got := s.read(s.home.Path("dotfiles/bazelrc")); !strings.Contains(got, "gcr.io") {
			t.Errorf("%q", got)
		}
		s.unconfigure(Request{})
		if st, err := os.Lstat(s.home.Path(".bazelrc")); err != nil || st.Mode()&os.ModeSymlink == 0 || s.read(s.home.Path("dotfiles/bazelrc")) != "" {
			t.Errorf("%v, %q", err, s.read(s.home.Path("dotfiles/bazelrc")))
		}
	}
}
