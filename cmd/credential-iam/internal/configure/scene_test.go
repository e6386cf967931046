package configure

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
)

const account = "deployer@proj.iam.gserviceaccount.com"

// scene is a World in a home of its own.
type scene struct {
	World
	t    *testing.T
	home *envtest.Home
	// docker and git are their configuration files.
	docker, git string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	home := envtest.New(t, testenv.Options{})
	s := &scene{t: t, home: home, docker: home.DockerConfig(), git: home.Path(".gitconfig")}
	s.World = World{
		Env: home.Helper(), Environ: home.Environ(), Bin: home.Path("bin"),
		LookPath: func(name string) (string, error) {
			if strings.HasSuffix(name, "-credential-iam") {
				return "/usr/bin/" + name, nil
			}
			return exec.LookPath(name)
		},
	}
	return s
}

func (s *scene) needGit() {
	s.t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		s.t.Skip("there is no git")
	}
}

func (s *scene) write(path, text string) {
	s.t.Helper()
	s.home.Write(s.t, path, []byte(text))
}

func (s *scene) read(path string) string {
	b, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return "(none)"
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

func (s *scene) configure(r Request) Report {
	s.t.Helper()
	report, err := s.Configure(context.Background(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func (s *scene) unconfigure(r Request) Report {
	s.t.Helper()
	report, err := s.Unconfigure(context.Background(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	return report
}

func keys(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// sameAgain checks that a run changes nothing at all.
func (s *scene) sameAgain(run func() Report) {
	s.t.Helper()
	past := time.Now().Add(-time.Hour).Truncate(time.Second)
	for _, path := range []string{s.docker, s.git} {
		_ = os.Chtimes(path, past, past)
	}
	docker, git := s.read(s.docker), s.read(s.git)
	if report := run(); len(report.Changes) > 0 {
		s.t.Errorf("a second run changed %v", report.Changes)
	}
	if s.read(s.docker) != docker || s.read(s.git) != git {
		s.t.Error("a second run changed a file")
	}
	for _, path := range []string{s.docker, s.git} {
		if st, err := os.Stat(path); err == nil && !st.ModTime().Equal(past) {
			s.t.Errorf("a second run wrote %s", path)
		}
	}
}
