package configure

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestIrregularGlobal has a folder and a fifo in the place of git's global file:
// nothing is waited for or written, docker's file neither.
func TestIrregularGlobal(t *testing.T) {
	s := newScene(t)
	s.needGit()
	fifo := filepath.Join(s.home.Dir, "fifo")
	paths := []string{s.home.Dir, fifo}
	if err := exec.Command("mkfifo", fifo).Run(); err != nil {
		paths = paths[:1]
	}
	environ := s.Environ
	for _, path := range paths {
		s.home.Env["GIT_CONFIG_GLOBAL"] = path
		s.Environ = append(environ, "GIT_CONFIG_GLOBAL="+path)
		_, err1 := s.Configure(context.Background(), Request{Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, Git: []string{"https://source.developers.google.com"}})
		_, err2 := s.Unconfigure(context.Background(), Request{})
		for _, err := range []error{err1, err2} {
			if err == nil || !strings.Contains(err.Error(), `"`+path+`": it is not a regular file`) || !strings.HasSuffix(err.Error(), "; run: unset GIT_CONFIG_GLOBAL") {
				t.Errorf("got %v", err)
			}
		}
		if st, err := os.Stat(path); err != nil || st.Mode().IsRegular() || s.read(s.docker) != "(none)" {
			t.Errorf("something was written: %v, %v", st, err)
		}
	}
}

// Git cannot edit a file that it cannot read, so an editor has to.
func TestMalformedGlobal(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.git, "[user\n")
	_, err := s.Configure(context.Background(), Request{Keys: keys("serviceAccount", account), Git: []string{"https://source.developers.google.com"}})
	if err == nil || !strings.Contains(err.Error(), "bad config line 1") || !strings.HasSuffix(err.Error(), "; run: ${EDITOR:-vi} "+s.git) {
		t.Errorf("got %v", err)
	}
	if s.read(s.docker) != "(none)" {
		t.Error("docker's file was written")
	}
}

func TestNewGlobalVanishes(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.configure(Request{Keys: keys("serviceAccount", account), Git: []string{"https://source.developers.google.com"}})
	s.unconfigure(Request{})
	if got := s.read(s.git); got != "(none)" {
		t.Errorf("left: %q", got)
	}
	s.sameAgain(func() Report { return s.unconfigure(Request{}) })
}
