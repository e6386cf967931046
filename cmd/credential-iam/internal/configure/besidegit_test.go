package configure

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
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

// waiting counts how often it was asked whether its time is over: by all that waits.
type waiting struct {
	context.Context
	asked atomic.Int64
}

func (w *waiting) Done() <-chan struct{} {
	w.asked.Add(1)
	return w.Context.Done()
}

// TestGitLock has a git that holds the lock of its file: it is waited for, and what it
// wrote is kept.
func TestGitLock(t *testing.T) {
	request := Request{Keys: keys("serviceAccount", account), Git: []string{"source.developers.google.com"}}
	var free waiting
	free.Context = t.Context()
	s := newScene(t)
	s.needGit()
	s.write(s.git, "[user]\n\tname = N\n")
	if _, err := s.Configure(&free, request); err != nil {
		t.Fatal(err)
	}
	var locked waiting
	locked.Context = t.Context()
	s = newScene(t)
	s.write(s.git, "[user]\n\tname = N\n")
	s.write(s.git+".lock", "[user]\n\tname = M\n")
	done := make(chan error, 1)
	go func() {
		_, err := s.Configure(&locked, request)
		done <- err
	}()
	envtest.Await(t, "more waiting than there is without a lock", func() bool {
		return locked.asked.Load() > free.asked.Load() || len(done) > 0
	})
	if len(done) > 0 {
		t.Fatalf("the lock was not waited for: %v", <-done)
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
