//go:build linux

package faults

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestSteadyUse: nobody in steady use waits for the API. While the next token is made
// everybody is answered with the one at hand, and a token is renewed in the second half
// of its life and not in the first quarter.
func TestSteadyUse(t *testing.T) {
	t.Parallel()
	const life = 2 * time.Minute
	const between = life / 8 // one renewal and the next
	m := newMachine(t, machine.Options{})
	m.IAM.SetAccessTokenLifetime(life)
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	waits(t)
	for round := range 3 {
		old := m.Cached()
		for range 4 {
			wantOneToken(t, m, askAll(m, 4))
		}
		if calls := m.IAM.Calls(api); calls != 1+round {
			t.Fatalf("%d calls for %d tokens: one was renewed in the first quarter of its life", calls, 1+round)
		}
		m.AgeTo(life * 5 / 8) // it counts from when it was asked for, and lives longer by what that took
		m.IAM.Fail(iamtest.Fault{Method: api, Delay: 8 * time.Second})
		for _, a := range askAll(m, 4) {
			if wantToken(t, m, a); a.Token() != old {
				t.Error("somebody waited for the next token")
			}
		}
		envtest.Await(t, "the next token", func() bool {
			wantToken(t, m, m.Ask(machine.Docker, "get")) // the time of a renewal may not have come with the first
			return m.Cached() != old
		})
		envtest.Await(t, "the renewal to end", func() bool { return len(m.Processes()) == 0 })
		log := m.IAM.Log(api)
		envtest.Await(t, "the time of another renewal", func() bool { return time.Since(log[len(log)-1].Time) > between+time.Second })
	}
}

// aged is a machine with a good token in the second half of its life.
func aged(t *testing.T) (m *machine.Machine, token string) {
	t.Helper()
	m = newMachine(t, machine.Options{})
	first := m.Ask(machine.Docker, "get")
	wantToken(t, m, first)
	m.Age(35 * time.Minute) // git wants a third of the hour
	m.IAM.ResetCalls()
	return m, first.Token()
}

// TestGitGetsMore: a push keeps its first token through hooks and uploads, so git
// gets one with a third of its life left where docker is still answered at once.
func TestGitGetsMore(t *testing.T) {
	t.Parallel()
	m, old := aged(t)
	m.Age(10 * time.Minute)
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 5 * time.Second}) // the renewal's
	if a := m.Ask(machine.Docker, "get"); a.Token() != old {
		t.Error("docker does not get the token that is good for a quarter of an hour")
	}
	a := m.Ask(machine.Git, "get")
	wantToken(t, m, a)
	if a.Token() == old {
		t.Error("git gets a token with a quarter of an hour left")
	}
	envtest.Await(t, "the renewal to end", func() bool { return len(m.Processes()) == 0 })
}

// renewals are the processes that renew in the background.
func renewals(m *machine.Machine) []machine.Process {
	return slices.DeleteFunc(m.Processes(), func(p machine.Process) bool { return !p.Is(machine.Core, "renew") })
}

// TestRenewalIsDetached: the process that renews has a session of its own and
// none of the client's descriptors, so that nobody waits for it.
func TestRenewalIsDetached(t *testing.T) {
	t.Parallel()
	m, old := aged(t)
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 9 * time.Second})
	// A client that leaves a pipe open in its helper and reads it to its end.
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := m.Command(context.Background(), machine.Docker, "get", machine.DockerHost)
	cmd.ExtraFiles = []*os.File{w}
	out, err := cmd.Output() // reads to the end as well
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r)
	if a := (machine.Answer{Stdout: string(out)}); a.Token() != old {
		t.Error("the answer is not the token at hand")
	}
	envtest.Await(t, "the renewal to call", func() bool { return m.IAM.Calls(api) == 1 })
	running := renewals(m)
	if len(running) != 1 {
		t.Fatalf("%d renewals, want 1: who reads an inherited pipe does not wait for it", len(running))
	}
	wantDetached(t, running[0].PID)
	envtest.Await(t, "the new token", func() bool { return m.Cached() != old })
	wantToken(t, m, m.Ask(machine.Git, "get"))
	envtest.Await(t, "the renewal to end", func() bool { return len(m.Processes()) == 0 })
}

// wantDetached looks at a process from outside.
func wantDetached(t *testing.T, pid int) {
	t.Helper()
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	b, err := os.ReadFile(filepath.Join(proc, "stat"))
	if err != nil {
		t.Fatal(err)
	}
	// pid (name) state parent group session terminal (proc(5))
	f := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if group, session, terminal := f[2], f[3], f[4]; session != strconv.Itoa(pid) || group != session || terminal != "0" {
		t.Errorf("session %s, group %s, terminal %s of process %d", session, group, terminal, pid)
	}
	if cwd, err := os.Readlink(filepath.Join(proc, "cwd")); err == nil && cwd != "/" {
		t.Errorf("runs in %s", cwd)
	}
	links, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil {
		if os.Geteuid() == 0 {
			t.Fatal(err)
		}
		t.Logf("the programs hide their descriptors from all but root: %v", err)
	}
	for _, l := range links {
		to, err := os.Readlink(filepath.Join(proc, "fd", l.Name()))
		fd, _ := strconv.Atoi(l.Name())
		switch {
		case err != nil:
		case fd == 0 && strings.HasPrefix(to, "pipe:"):
		case fd == 1 || fd == 2:
			if to != os.DevNull {
				t.Errorf("descriptor %d is %s", fd, to)
			}
		case strings.HasPrefix(to, "socket:"), strings.HasPrefix(to, "anon_inode:"), strings.HasPrefix(to, "/sys/fs/cgroup/"):
		case strings.HasSuffix(to, ".lock"):
		default:
			t.Errorf("descriptor %d is %s", fd, to)
		}
	}
}

// TestOneRenewal: of all who see an ageing token, one starts a renewal, and the
// next half minute nobody does.
func TestOneRenewal(t *testing.T) {
	t.Parallel()
	m, old := aged(t)
	m.IAM.Fail(iamtest.Fault{Method: api, Status: 403, Delay: time.Second, Times: iamtest.Always})
	most, start := 0, time.Now()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2 {
			for _, a := range askAll(m, 20) {
				wantToken(t, m, a)
				if a.Token() != old {
					t.Error("a failed renewal took the good token")
				}
			}
		}
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(10 * time.Millisecond):
			most = max(most, len(renewals(m)))
		}
	}
	envtest.Await(t, "the renewal to fail", func() bool { return len(m.Processes()) == 0 })
	limit := 1 + int(time.Since(start)/(30*time.Second))
	if got := m.IAM.Calls(api); got < 1 || got > limit || most > 1 {
		t.Errorf("%d calls by up to %d renewals at once, want one", got, most)
	}
	if m.Cached() != old {
		t.Error("a failed renewal took the good token")
	}
}

// TestHangingRenewal: a renewal that hangs costs nobody anything and is gone
// within its budget.
func TestHangingRenewal(t *testing.T) {
	t.Parallel()
	m, old := aged(t)
	m.IAM.Fail(iamtest.Fault{Method: "*", Hang: true, Times: iamtest.Always})
	start := time.Now()
	for range 10 {
		a := m.Ask(machine.Git, "get")
		wantToken(t, m, a)
		wantInTime(t, a, 0, prompt)
		if len(renewals(m)) > 1 {
			t.Errorf("%d renewals, want 1", len(renewals(m)))
		}
	}
	waits(t)
	envtest.Await(t, "the renewal to end", func() bool { return len(m.Processes()) == 0 })
	if time.Since(start) < 10*time.Second {
		t.Error("the renewal gave up early")
	}
	if got := m.Cached(); got != old {
		t.Errorf("a failed renewal took the good token (%d bytes are there)", len(got))
	}
}

// TestErasedWhileRenewed: a token that was erased does not come back.
func TestErasedWhileRenewed(t *testing.T) {
	t.Parallel()
	m, old := aged(t)
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 8 * time.Second})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	envtest.Await(t, "the renewal to call", func() bool { return m.IAM.Calls(api) == 1 })
	if a := m.Ask(machine.Docker, "erase"); a.Code != 0 || a.Stdout+a.Stderr != "" {
		t.Errorf("erase: %+v", a)
	}
	a := m.Ask(machine.Docker, "get")
	wantToken(t, m, a)
	if a.Token() == old {
		t.Error("the erased token was answered")
	}
	envtest.Await(t, "the renewal to end", func() bool { return len(m.Processes()) == 0 })
	if got := m.IAM.Calls(api); got != 2 {
		t.Errorf("%d calls, want the renewal's, which is thrown away, and the client's", got)
	}
	if m.Cached() != a.Token() {
		t.Error("the renewal put its token over the client's")
	}
}

// TestStale: a token that is valid but not fresh is answered where the API
// cannot be reached, and not where it says no.
func TestStale(t *testing.T) {
	t.Parallel()
	for _, f := range faults() {
		if f.id || f.answered || f.trap || !strings.HasPrefix(f.name, api) && f.how[0].Method != tokenEndpoint {
			continue
		}
		how := f.how[0]
		reachable := how.Wrong != "" || how.Empty || how.Huge > 0 || how.Body != "" || how.HTML && how.Status == 0 ||
			how.Status >= 400 && how.Status < 500 && how.Status != 429
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			m, old := aged(t)
			m.Age(15 * time.Minute)
			m.IAM.Fail(f.how...)
			if how.Method == tokenEndpoint {
				m.ForgetSource()
			}
			m.IAM.ResetCalls()
			if f.atMost == budget {
				waits(t)
			}
			a := m.Ask(machine.Git, "get")
			wantWithinBudget(t, m, a)
			if reachable {
				wantFailure(t, a)
			} else if wantToken(t, m, a); a.Token() != old {
				t.Error("not the token at hand")
			}
			wantQuiet(t, a.Stderr, m.Secrets(old))
		})
	}
}

// TestDeadSourceToken: a cached token of the source identity that has died is
// replaced without a word.
func TestDeadSourceToken(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	if a := m.Ask(machine.Docker, "erase"); a.Code != 0 || a.Stdout+a.Stderr != "" {
		t.Errorf("erase: %+v", a)
	}
	m.IAM.Fail(iamtest.Fault{Method: api, Status: 401, Reason: "ACCESS_TOKEN_EXPIRED"})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	if got := m.IAM.Calls(tokenEndpoint); got != 2 {
		t.Errorf("%d source tokens, want a second one", got)
	}
}
