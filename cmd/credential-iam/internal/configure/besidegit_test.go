package configure

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestBesideGit has git itself write its file all the while: neither loses what the
// other wrote.
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

// TestGitLock has a git that holds the lock of its file: it is waited for, and what it
// wrote is kept.
func TestGitLock(t *testing.T) {
	s := newScene(t)
	s.needGit()
	s.write(s.git, "[user]\n\tname = N\n")
	s.write(s.git+".lock", "[user]\n\tname = M\n")
	done := make(chan error, 1)
	go func() {
		_, err := s.Configure(context.Background(), Request{Keys: keys("serviceAccount", account), Git: []string{"source.developers.google.com"}})
		done <- err
	}()
	select {
	case err := <-done:
		t.Fatalf("the lock was not waited for: %v", err)
	case <-time.After(200 * time.Millisecond): // time enough to go wrong
	}
	if err := os.Rename(s.git+".lock", s.git); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if text := s.read(s.git); !strings.Contains(text, "name = M") || !strings.Contains(text, "google") {
		t.Errorf("git's file:\n%s", text)
	}
}
