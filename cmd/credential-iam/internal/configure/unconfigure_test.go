package configure

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

func TestNewFileVanishes(t *testing.T) {
	s := newScene(t)
	s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}})
	if runtime.GOOS != "windows" {
		if st, err := os.Stat(s.docker); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", st, err)
		}
	}
	s.unconfigure(Request{})
	if got := s.read(s.docker); got != "(none)" {
		t.Errorf("left: %s", got)
	}
	s.sameAgain(func() Report { return s.unconfigure(Request{}) })
}

func TestUnconfigureSome(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.configure(Request{Keys: keys("serviceAccount", account)})
	s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io", "eu.gcr.io"}})
	s.configure(Request{Keys: keys("token", "id"), Git: []string{"https://git.example.com/a", "https://git.example.com/b", "https://other.example.com"}})
	s.unconfigure(Request{Hosts: []string{"eu.gcr.io", "https://git.example.com/b"}})
	loaded := config.Load(s.Env)
	want := []string{"iam", "iam@gcr.io", "iam@git.example.com/a", "iam@other.example.com"}
	if diff := cmp.Diff(want, loaded.Sections()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"gcr.io"}, loaded.ServedByDocker()); diff != "" {
		t.Error(diff)
	}
	git := s.read(s.git)
	if strings.Contains(git, "git.example.com/b") || !strings.Contains(git, "git.example.com/a") || !strings.Contains(git, "other.example.com") {
		t.Errorf("git's file:\n%s", git)
	}
	s.unconfigure(Request{Hosts: []string{"git.example.com"}}) // all paths below it
	if git := s.read(s.git); strings.Contains(git, "git.example.com") || !strings.Contains(git, "other.example.com") {
		t.Errorf("git's file:\n%s", git)
	}
	s.unconfigure(Request{})
	if got := config.Load(s.Env).Sections(); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}

func TestUnconfigureKeepsPersons(t *testing.T) {
	s := newScene(t)
	s.write(s.docker, `{"plugins":{"iam":{"keystore":"none","serviceAccount":"`+account+`"},"other":{"a":"b"}},"credHelpers":{"gcr.io":"iam","x.io":"pass"}}`)
	report := s.unconfigure(Request{})
	want := `{"plugins":{"iam":{"keystore":"none"},"other":{"a":"b"}},"credHelpers":{"x.io":"pass"}}`
	if got := s.read(s.docker); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(report.Notes) != 1 || !strings.Contains(report.Notes[0], "keystore") {
		t.Errorf("notes: %q", report.Notes)
	}
}

func TestAuthFile(t *testing.T) {
	s := newScene(t)
	path := filepath.Join(s.home.Dir, ".config", "containers", "auth.json")
	const before = "{\n\t\"auths\": {\n\t\t\"quay.io\": {\n\t\t\t\"auth\": \"dTpw\"\n\t\t}\n\t}\n}"
	s.write(path, before)
	s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, AuthFile: path})
	if got := s.read(path); !strings.Contains(got, `"gcr.io": "iam"`) || strings.Contains(got, "plugins") {
		t.Errorf("auth file:\n%s", got)
	}
	s.unconfigure(Request{})
	if diff := cmp.Diff(before, s.read(path)); diff != "" {
		t.Error(diff)
	}
}

// TestTwoSpellings: another helper's entry for the same host in a spelling that docker does
// not compare stays, and is told of.
func TestTwoSpellings(t *testing.T) {
	s := newScene(t)
	const before = `{"credHelpers":{"https://gcr.io":"gcloud","https://us.gcr.io":"gcloud"}}`
	s.write(s.docker, before)
	report := s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}})
	told := slices.DeleteFunc(report.Notes, func(note string) bool { return !strings.Contains(note, `"gcloud" for https://`) })
	if len(told) != 1 || !strings.Contains(told[0], "https://gcr.io") {
		t.Errorf("%q", report.Notes)
	}
	if got := s.read(s.docker); !strings.Contains(got, `"https://gcr.io": "gcloud"`) && !strings.Contains(got, `"https://gcr.io":"gcloud"`) {
		t.Errorf("%s", got)
	}
	s.unconfigure(Request{})
	if got := s.read(s.docker); got != before {
		t.Errorf("%s", got)
	}
}

// TestNoFolder: a file that a person names in a folder that is not there is misspelled, and
// nothing is made or changed.
func TestNoFolder(t *testing.T) {
	s := newScene(t)
	missing := s.home.Path("missing")
	for _, r := range []Request{
		{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, AuthFile: filepath.Join(missing, "auth.json")},
		{Keys: keys("serviceAccount", account), KubeletFile: filepath.Join(missing, "kubelet.yaml")},
	} {
		_, err := s.Configure(t.Context(), r)
		if e := helper.AsError(err); e == nil || e.Hint != helper.FolderCommand(missing) || !strings.Contains(e.Reason, missing) {
			t.Errorf("%v", err)
		}
		if _, err := os.Stat(missing); err == nil || s.read(s.docker) != "(none)" {
			t.Error("something was written")
		}
	}
}

func TestIssuerOptions(t *testing.T) {
	s := newScene(t)
	const registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	s.configure(Request{Keys: keys("issuer", "ecr", "issuer.roleArn", "arn:aws:iam::1:role/push", "serviceAccount", account), Docker: []string{registry}})
	target, err := config.Load(s.Env).Describe(helper.Request{Client: host.Docker, Protocol: "https", Host: registry})
	if err != nil || target.Issuer != "ecr" || target.Options["roleArn"] != "arn:aws:iam::1:role/push" {
		t.Errorf("%+v, %v", target, err)
	}
	s.unconfigure(Request{})
	if got := s.read(s.docker); got != "(none)" {
		t.Errorf("left: %s", got)
	}
}

// A host is the same one by whatever flag it is named, so that the command line of
// configure takes back what it did, and nothing else.
func TestUnconfigureFlags(t *testing.T) {
	for _, r := range []Request{
		{Docker: []string{"https://gcr.io/v2/"}, Git: []string{"https://source.developers.google.com"}, Npmrc: []string{"https://us-npm.pkg.dev/p/r/"}},
		{Docker: []string{"gcr.io/project/image"}, Git: []string{"source.developers.google.com"}, Npmrc: []string{"us-npm.pkg.dev"}},
		{Hosts: []string{"gcr.io", "source.developers.google.com", "us-npm.pkg.dev"}},
	} {
		s := newScene(t)
		s.needGit()
		s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"eu.gcr.io"}, Git: []string{"https://a.googlesource.com"}})
		docker, git := s.read(s.docker), s.read(s.git)
		s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, Git: []string{"https://source.developers.google.com"}, Npmrc: []string{"https://us-npm.pkg.dev/p/r/"}})
		if report := s.unconfigure(r); len(report.Notes) > 0 {
			t.Errorf("said %q", report.Notes)
		}
		if s.read(s.docker) != docker || s.read(s.git) != git {
			t.Errorf("left: %s, %s", s.read(s.docker), s.read(s.git))
		}
	}
}

// A host for which nothing is configured is told, with what is.
func TestUnconfigureUnknown(t *testing.T) {
	s := newScene(t)
	s.needGit()
	said := func(r Request) string { return strings.Join(s.unconfigure(r).Notes, "\n") }
	if got := said(Request{Hosts: []string{"gcr.io"}}); got != "nothing is configured for gcr.io, nor for any other host" {
		t.Errorf("of nothing: %q", got)
	}
	s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, Git: []string{"https://source.developers.google.com"}})
	if got := said(Request{Docker: []string{"gcr.oi"}}); got != "nothing is configured for gcr.oi; did you mean gcr.io?" {
		t.Errorf("of a slip: %q", got)
	}
	if got := said(Request{Git: []string{"https://git.example.com/a"}}); got != "nothing is configured for git.example.com/a; there is gcr.io, source.developers.google.com" {
		t.Errorf("of a stranger: %q", got)
	}
	if got := said(Request{Hosts: []string{"gcr.io", "git.example.com"}}); strings.Contains(got, "for gcr.io") || !strings.Contains(got, "for git.example.com") {
		t.Errorf("of one of two: %q", got)
	}
}

// What a person has written into a file that the record knows is theirs, and goes by
// force, for the hosts that are named.
func TestUnconfigureForce(t *testing.T) {
	s := newScene(t)
	s.write(s.docker, `{"credHelpers":{"eu.gcr.io":"iam","asia.gcr.io":"iam"},"plugins":{"iam@eu.gcr.io":{"serviceAccount":"`+account+`"}}}`)
	s.configure(Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}})
	before := s.read(s.docker)
	if report := s.unconfigure(Request{Hosts: []string{"eu.gcr.io"}}); len(report.Notes) == 0 || s.read(s.docker) != before {
		t.Errorf("without force: said %q, left %s", report.Notes, s.read(s.docker))
	}
	s.unconfigure(Request{Hosts: []string{"eu.gcr.io"}, Force: true})
	if got := s.read(s.docker); strings.Contains(got, "eu.gcr.io") || !strings.Contains(got, "asia.gcr.io") || !strings.Contains(got, `"gcr.io"`) {
		t.Errorf("by force: %s", got)
	}
	s.unconfigure(Request{Hosts: []string{"gcr.io"}})
	if got := s.read(s.docker); strings.Contains(got, `"gcr.io"`) || !strings.Contains(got, "asia.gcr.io") {
		t.Errorf("what configure wrote: %s", got)
	}
	s.unconfigure(Request{Force: true})
	if got := s.read(s.docker); strings.Contains(got, "gcr.io") {
		t.Errorf("all by force: %s", got)
	}
	s.sameAgain(func() Report { return s.unconfigure(Request{Force: true}) })
}
