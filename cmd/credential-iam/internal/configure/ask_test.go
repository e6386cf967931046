package configure

import (
	"bufio"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// gcloudHome is the home of a person who uses gcloud for docker and git.
func gcloudHome(t *testing.T) (s *scene, repo string) {
	t.Helper()
	s = newScene(t)
	s.needGit()
	s.write(s.docker, `{"auths":{"us-docker.pkg.dev":{}},"credHelpers":{"gcr.io":"gcloud","x.io":"pass"}}`)
	s.write(filepath.Join(s.home.Dir, ".config", "gcloud", "configurations", "config_default"), "[core]\naccount = me@example.com\nproject = proj\n[auth]\nimpersonate_service_account = a@p.iam.gserviceaccount.com, "+account+"\n")
	s.write(s.git, "[include]\n\tpath = included\n")
	s.write(filepath.Join(s.home.Dir, "included"), "[credential \"https://source.developers.google.com\"]\n\thelper = gcloud.sh\n")
	repo = filepath.Join(s.home.Dir, "repo")
	for _, args := range [][]string{
		{"init", "-q", repo}, {"-C", repo, "remote", "add", "origin", "https://u@inst-1-git.us-central1.sourcemanager.dev/p/proj/r/x"},
		{"-C", repo, "remote", "add", "hub", "https://github.com/x/y"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Env = s.Environ
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return s, repo
}

func TestDiscover(t *testing.T) {
	s, repo := gcloudHome(t)
	want := Findings{
		Account: account, Delegates: "a@p.iam.gserviceaccount.com", Caller: "me@example.com", Project: "proj",
		Registries: []string{"gcr.io", "us-docker.pkg.dev"},
		GitHosts:   []string{"https://inst-1-git.us-central1.sourcemanager.dev", "https://source.developers.google.com"},
		Taken:      map[string]string{"gcr.io": "gcloud", "https://source.developers.google.com": gcloudHelper},
	}
	if diff := cmp.Diff(want, s.Discover(context.Background(), repo)); diff != "" {
		t.Error(diff)
	}
}

// gcloud's helper for git is known in each form in which people have it, and where it is
// one for all URLs, what it is used for is what the remotes say.
func TestDiscoverGit(t *testing.T) {
	const section, all = "[credential \"https://android.googlesource.com\"]\n", "[credential]\n"
	for _, c := range []struct {
		git  string
		want []string
	}{
		{section + "\thelper = gcloud.sh\n", []string{"https://android.googlesource.com"}},
		{section + "\thelper = /usr/lib/google-cloud-sdk/bin/git-credential-gcloud.sh\n", []string{"https://android.googlesource.com"}},
		{section + "\thelper = !gcloud auth git-helper --account=me@example.com --ignore-unknown $@\n", []string{"https://android.googlesource.com"}},
		{section + "\thelper = \"!'C:/Program Files/gcloud.cmd' auth git-helper\"\n", []string{"https://android.googlesource.com"}},
		{section + "\thelper = store\n", nil},
		{"[credential \"https://github.com\"]\n\thelper = gcloud.sh\n", nil},
		{all + "\thelper = gcloud.sh\n", gcloudHosts()},
		{all + "\thelper = gcloud.sh\n[remote \"x\"]\n\turl = https://source.developers.google.com/p/proj/r/x\n", []string{"https://source.developers.google.com"}},
	} {
		s := newScene(t)
		s.needGit()
		s.write(s.git, c.git)
		f := s.Discover(context.Background(), s.home.Dir)
		want := slices.Clone(c.want)
		slices.Sort(want)
		if !slices.Equal(f.GitHosts, want) || len(f.Taken) != len(want) {
			t.Errorf("%s: got %v, %v", c.git, f.GitHosts, f.Taken)
		}
	}
}

func TestDialogue(t *testing.T) {
	s, repo := gcloudHome(t)
	found := s.Discover(context.Background(), repo)
	own := found
	own.Account, own.Delegates = "", ""
	const csr, ssm = "https://source.developers.google.com", "https://inst-1-git.us-central1.sourcemanager.dev"
	chain := keys("serviceAccount", account, "delegates", "a@p.iam.gserviceaccount.com")
	other := keys("serviceAccount", "b@p.iam.gserviceaccount.com")
	for _, c := range []struct {
		name, in string
		found    Findings
		want     Request
		err      error
	}{
		{"Enter alone", "\n\n\n", found, Request{Keys: chain, Docker: found.Registries, Git: found.GitHosts, Replace: []string{"gcr.io", csr}}, nil},
		{"one no leaves the others", "\nn\nn\n\nn\n\n\n", found, Request{Keys: chain, Docker: []string{"us-docker.pkg.dev"}, Git: found.GitHosts, Replace: []string{csr}}, nil},
		{"none", "\nn\nn\nn\nn\nn\nn\n", found, Request{}, ErrDeclined},
		{"another account", "nobody\nyou@gmail.com\nb@p.iam.gserviceaccount.com\ny\ny\n", found, Request{Keys: other, Docker: found.Registries, Git: found.GitHosts, Replace: []string{"gcr.io", csr}}, nil},
		{"gcloud's own account", "\n\n\n", own, Request{Keys: keys("serviceAccount", "source", "source", "gcloud"), Docker: found.Registries, Git: found.GitHosts, Replace: []string{"gcr.io", csr}}, nil},
		{"nothing found", "b@p.iam.gserviceaccount.com\neu.gcr.io, evil.example.com\neu.gcr.io\n" + ssm + "\n", Findings{}, Request{Keys: other, Docker: []string{"eu.gcr.io"}, Git: []string{ssm}}, nil},
		{"the end of input", "\n\n", found, Request{}, ErrDeclined},
	} {
		var out strings.Builder
		got, err := Dialogue{In: bufio.NewReader(strings.NewReader(c.in)), Out: &out}.Ask(c.found)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v\n%s", c.name, err, out.String())
		}
		if c.err == nil {
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	}
}

// What the person agreed to gives way without --force, and nothing else does.
func TestReplace(t *testing.T) {
	s, repo := gcloudHome(t)
	found := s.Discover(context.Background(), repo)
	r := Request{Keys: keys("serviceAccount", account), Docker: found.Registries, Git: found.GitHosts}
	r.Replace = []string{"gcr.io"}
	if _, err := s.Configure(context.Background(), r); err == nil || !strings.HasSuffix(err.Error(), "--force") {
		t.Errorf("got %v", err)
	}
	r.Replace = append(r.Replace, "https://source.developers.google.com")
	s.configure(r)
	if d := s.read(s.docker); !strings.Contains(d, `"gcr.io":"iam"`) || !strings.Contains(d, `"x.io":"pass"`) {
		t.Errorf("got %s", d)
	}
	s.unconfigure(Request{})
	if d := s.read(s.docker); !strings.Contains(d, `"gcr.io":"gcloud"`) {
		t.Errorf("what was replaced did not come back: %s", d)
	}
}
