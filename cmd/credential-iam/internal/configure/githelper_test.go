package configure

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Git runs the program by its path, whatever the path has in it, and takes it back.
func TestGitHelperPath(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folders have names that Windows does not take")
	}
	for _, name := range []string{"programs", "my programs", `it's "mine" \ $HOME`, "(new)~*#;&=%", "größe"} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.needGit()
			s.Bin = filepath.Join(s.home.Dir, name)
			s.LookPath = func(name string) (string, error) {
				if name == "git-credential-iam" {
					return "", exec.ErrNotFound
				}
				return exec.LookPath(name)
			}
			program := filepath.Join(s.Bin, "git-credential-iam")
			s.write(program, "#!/bin/sh\necho username=$1\necho password=x\n")
			if err := os.Chmod(program, 0o700); err != nil {
				t.Fatal(err)
			}
			s.configure(Request{Keys: keys("serviceAccount", account), Git: []string{"https://source.developers.google.com"}})
			cmd := exec.Command("git", "credential", "fill")
			cmd.Env, cmd.Stdin = s.Environ, strings.NewReader("url=https://source.developers.google.com\n")
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "username=get") {
				t.Errorf("git does not run it: %v, %s\n%s", err, out, s.read(s.git))
			}
			s.sameAgain(func() Report {
				return s.configure(Request{Keys: keys("serviceAccount", account), Git: []string{"https://source.developers.google.com"}})
			})
			s.unconfigure(Request{})
			if got := s.read(s.git); got != "(none)" {
				t.Errorf("left: %q", got)
			}
		})
	}
}

// What an earlier version wrote becomes the path.
func TestGitHelperName(t *testing.T) {
	s := newScene(t)
	s.needGit()
	const url = "https://source.developers.google.com"
	s.write(s.git, "[credential \""+url+"\"]\n\thelper =\n\thelper = iam\n")
	s.configure(Request{Keys: keys("serviceAccount", account), Git: []string{url}})
	if got := s.read(s.git); got != "[credential \""+url+"\"]\n\thelper =\n\thelper = /usr/bin/git-credential-iam\n" {
		t.Errorf("got %s", got)
	}
}
