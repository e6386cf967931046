package configure

import (
	"bytes"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestBesideGit has git itself write its file all the while: neither loses what the
// other wrote, since both keep git's lock.
func TestBesideGit(t *testing.T) {
	s := newScene(t)
	s.needGit()
	const writes = 60
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		for n := 0; n < writes; {
			cmd := exec.Command("git", "config", "--global", "--add", "x.y", strconv.Itoa(n))
			cmd.Env = s.Environ
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				n++
			case !bytes.Contains(out, []byte("could not lock config file")): // git does not wait
				t.Errorf("git config: %v: %s", err, out)
				return
			}
		}
	}()
	for range 10 {
		s.configure(Request{Keys: keys("serviceAccount", account), Git: []string{"source.developers.google.com"}})
		s.unconfigure(Request{})
	}
	wait.Wait()
	text := s.read(s.git)
	for n := range writes {
		if !strings.Contains(text, "\ty = "+strconv.Itoa(n)+"\n") {
			t.Errorf("git's own entry %d is lost", n)
		}
	}
	if strings.Contains(text, "google") {
		t.Errorf("left:\n%s", text)
	}
}
