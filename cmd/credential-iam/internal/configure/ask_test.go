package configure

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDialogue(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.docker, `{"auths":{"us-docker.pkg.dev":{}},"credHelpers":{"gcr.io":"gcloud","x.io":"pass"}}`)
	s.write(filepath.Join(s.home.Dir, ".config", "gcloud", "configurations", "config_default"), "[core]\naccount = me@example.com\nproject = proj\n[auth]\nimpersonate_service_account = a@p.iam.gserviceaccount.com,"+account+"\n")
	repo := filepath.Join(s.home.Dir, "repo")
	for _, args := range [][]string{
		{"init", "-q", repo}, {"-C", repo, "remote", "add", "origin", "https://u@source.developers.google.com/p/proj/r/x"},
		{"-C", repo, "remote", "add", "hub", "https://github.com/x/y"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Env = s.Environ
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	found := s.Discover(context.Background(), repo)
	want := Findings{
		Account: account, Caller: "me@example.com", Project: "proj",
		Registries: []string{"gcr.io", "us-docker.pkg.dev"}, GitHosts: []string{"https://source.developers.google.com"},
		Taken: map[string]string{"gcr.io": "gcloud"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	for _, c := range []struct {
		name, in string
		want     Request
		err      error
	}{
		{"defaults", "\n\n\n\n", Request{Keys: keys("serviceAccount", account), Docker: want.Registries, Git: want.GitHosts, Force: true}, nil},
		{"own answers", "nobody\nb@p.iam.gserviceaccount.com\neu.gcr.io, evil.example.com\neu.gcr.io\n-\n", Request{Keys: keys("serviceAccount", "b@p.iam.gserviceaccount.com"), Docker: []string{"eu.gcr.io"}}, nil},
		{"declined", "\n\n\nn\n", Request{}, ErrDeclined},
		{"end of input", "\n", Request{}, ErrDeclined},
	} {
		got, err := Dialogue{In: bufio.NewReader(strings.NewReader(c.in)), Out: io.Discard}.Ask(found)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.err == nil {
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s", c.name, diff)
			}
		}
	}
}
