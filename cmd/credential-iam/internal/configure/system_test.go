package configure

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// machine is the scene of an administrator's: the machine's files are in its home.
func newMachine(t *testing.T) (s *scene, docker, git string) {
	t.Helper()
	s = newScene(t)
	s.needGit()
	docker, git = s.home.Path("etc/credential-iam/config.json"), s.home.Path("etc/gitconfig")
	s.Env.MachineConfig = docker
	s.Environ = slices.DeleteFunc(s.Environ, func(v string) bool { return strings.HasPrefix(v, "GIT_CONFIG_NOSYSTEM=") })
	s.Environ = append(s.Environ, "GIT_CONFIG_SYSTEM="+git)
	return s, docker, git
}

// The machine's files are written for everybody to read, and taken back; no person's
// file is touched, and no person's run touches them.
func TestSystem(t *testing.T) {
	s, docker, git := newMachine(t)
	const url = "https://source.developers.google.com"
	s.write(s.git, "[credential]\n\thelper = store\n")
	person := s.read(s.docker) + s.read(s.git)
	r := Request{Keys: keys("serviceAccount", account), Git: []string{url}, Docker: []string{"gcr.io"}, System: true}
	said := strings.Join(s.configure(r).Notes, "\n")
	if !strings.Contains(said, "credential-iam configure --docker gcr.io") || strings.Contains(said, "also passes the tokens") {
		t.Errorf("said %q", said)
	}
	if got := s.read(docker); !strings.Contains(got, `"iam@gcr.io"`) || !strings.Contains(got, `"iam@source.developers.google.com"`) || strings.Contains(got, "credHelpers") {
		t.Errorf("the machine's file: %s", got)
	}
	if got, want := s.read(git), "[credential \""+url+"\"]\n\thelper =\n\thelper = /usr/bin/git-credential-iam --ephemeral\n[http \""+url+"\"]\n\tpostBuffer = 524288000\n"; got != want {
		t.Errorf("git's file: %s", got)
	}
	record := filepath.Join(filepath.Dir(docker), "configured.json")
	for path, want := range map[string]fs.FileMode{record: 0o644, docker: 0o644, git: 0o644, filepath.Dir(docker): 0o755 | fs.ModeDir} {
		if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode() != want {
			t.Errorf("%s: %v, %v", path, st.Mode(), err)
		}
	}
	machine := s.read(docker) + s.read(git)
	s.sameAgain(func() Report { return s.configure(r) })
	if s.read(s.docker)+s.read(s.git) != person {
		t.Error("a person's file was written")
	}
	s.configure(Request{Keys: keys("lifetime", "30m"), Git: []string{url}})
	s.unconfigure(Request{})
	if s.read(docker)+s.read(git) != machine {
		t.Error("a person's run touched the machine's files")
	}
	s.Env.HomeDir = s.home.Path("root") // of another administrator
	s.unconfigure(Request{System: true})
	if got := s.read(docker) + s.read(git) + s.read(record); got != "(none)(none)(none)" {
		t.Errorf("left: %s", got)
	}
	s.sameAgain(func() Report { return s.unconfigure(Request{System: true}) })
}

func TestSystemMistakes(t *testing.T) {
	s, _, _ := newMachine(t)
	for _, r := range []Request{
		{System: true, Tools: map[string][]string{"pip": nil}}, {System: true, Npmrc: []string{"https://us-npm.pkg.dev/p/r"}},
		{System: true, Docker: []string{"gcr.io"}, AuthFile: s.home.Path("auth.json")}, {System: true, KubeletFile: s.home.Path("k")},
	} {
		if _, err := s.Configure(context.Background(), r); !errors.As(err, &UsageError{}) {
			t.Errorf("%+v: %v", r, err)
		}
	}
	denied := &files.Error{Path: "/etc/gitconfig", Err: fs.ErrPermission, Fix: "sudo chown $(id -u) /etc"}
	w := World{Bin: "/home/me/my bin"}
	err := w.asAdmin(&plan{system: true, command: "credential-iam configure --git x --system"}, denied)
	if !strings.HasSuffix(err.Error(), "; run: sudo '/home/me/my bin/credential-iam' configure --git x --system") || strings.Contains(err.Error(), "chown") {
		t.Errorf("got %v", err)
	}
	if err := w.asAdmin(&plan{}, denied); !errors.Is(err, denied) {
		t.Errorf("a person's own file: %v", err)
	}
}
