//go:build linux

package faults

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// askAll has n clients ask at the same time, docker and git in turn.
func askAll(m *machine.Machine, n int) []machine.Answer {
	answers := make([]machine.Answer, n)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = m.Ask(clients()[i%2], "get") })
	}
	all.Wait()
	return answers
}

// wantOneToken checks that everybody was answered with one and the same token.
func wantOneToken(t *testing.T, m *machine.Machine, answers []machine.Answer) {
	t.Helper()
	for _, a := range answers {
		wantToken(t, m, a)
		if a.Token() != answers[0].Token() {
			t.Error("two tokens were answered")
		}
		if t.Failed() {
			return
		}
	}
}

// TestSingleFlight: hundreds that miss together cause one call.
func TestSingleFlight(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{})
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 500 * time.Millisecond, Times: iamtest.Always})
	wantOneToken(t, m, askAll(m, 200))
	if got := m.IAM.Calls(api); got != 1 {
		t.Errorf("%d calls, want 1", got)
	}
}

// TestForeignLockFolder: who makes the lock folder of another first, or a link in
// its place, does not keep that one's processes apart.
func TestForeignLockFolder(t *testing.T) {
	t.Parallel()
	for name, take := range map[string]func(m *machine.Machine) error{
		"folder": func(m *machine.Machine) error { return os.Mkdir(m.LockDir(), 0o700) },
		"link":   func(m *machine.Machine) error { return os.Symlink("/", m.LockDir()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, machine.Options{})
			if !m.Isolated {
				t.Skip("needs two users: run as root")
			}
			delete(m.Env, "XDG_RUNTIME_DIR")
			if err := take(m); err != nil {
				t.Fatal(err)
			}
			m.IAM.Fail(iamtest.Fault{Method: api, Delay: 500 * time.Millisecond, Times: iamtest.Always})
			wantOneToken(t, m, askAll(m, 50))
			if got := m.IAM.Calls(api); got != 1 {
				t.Errorf("%d calls, want 1", got)
			}
		})
	}
}

// leader is a client that holds the lock and whose core waits for an answer that
// will not come in time.
type leader struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{}
}

// startLeader starts a client and waits until its core has called method. Until the
// faults are cleared every such call hangs, so that the leader is still at it when the
// others have come, however long that takes.
func startLeader(t *testing.T, m *machine.Machine, method string) *leader {
	t.Helper()
	m.IAM.Fail(iamtest.Fault{Method: method, Delay: time.Minute, Times: iamtest.Always})
	l := &leader{done: make(chan struct{})}
	l.cmd = m.Command(context.Background(), machine.Docker, "get", machine.DockerHost)
	l.cmd.Stdout = &l.out
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(l.done)
		_ = l.cmd.Wait()
	}()
	t.Cleanup(func() { // a stopped one would stay for ever
		_ = l.cmd.Process.Kill()
		<-l.done
	})
	envtest.Await(t, method+" to be called", func() bool { return m.IAM.Calls(method) > 0 })
	return l
}

// cores are the processes of the core that run now.
func cores(m *machine.Machine) []int {
	var pids []int
	for _, p := range m.Processes() {
		if p.Is(machine.Core, "") {
			pids = append(pids, p.PID)
		}
	}
	return pids
}

func signalAll(pids []int, s syscall.Signal) {
	for _, pid := range pids {
		_ = syscall.Kill(pid, s)
	}
}

// endAll kills processes, and waits until they have ended.
func endAll(t *testing.T, m *machine.Machine, pids []int) {
	t.Helper()
	signalAll(pids, syscall.SIGKILL)
	envtest.Await(t, "what was killed to end", func() bool {
		return !slices.ContainsFunc(m.Processes(), func(p machine.Process) bool { return slices.Contains(pids, p.PID) })
	})
}

// TestKilledLeader kills the process that all others wait for, or its core, or
// both, before the call and during it: somebody takes over at once, and
// everybody is answered.
func TestKilledLeader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, during  string
		adapter, core bool
	}{
		{"adapter before the call", tokenEndpoint, true, false},
		{"adapter during the call", api, true, false},
		{"core before the call", tokenEndpoint, false, true},
		{"core during the call", api, false, true},
		{"both before the call", tokenEndpoint, true, true},
		{"both during the call", api, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, machine.Options{})
			l := startLeader(t, m, tt.during)
			answers := make(chan []machine.Answer)
			go func() { answers <- askAll(m, 8) }()
			envtest.Await(t, "the others to wait", func() bool { return len(m.Processes()) == 10 })
			// Who takes over starts a core at once, which is not to be killed.
			theirs, lost := cores(m), m.IAM.Calls(api)
			m.IAM.ClearFaults()
			start := time.Now()
			if tt.adapter {
				_ = l.cmd.Process.Kill()
			}
			if tt.core {
				signalAll(theirs, syscall.SIGKILL)
			}
			wantOneToken(t, m, <-answers)
			waits(t)
			// Who takes over calls at once, and does not wait as for a stopped one.
			if log := m.IAM.Log(api); log[len(log)-1].Time.Sub(start) > prompt {
				t.Errorf("the others waited for %s", log[len(log)-1].Time.Sub(start))
			}
			if !tt.adapter {
				<-l.done
				wantToken(t, m, machine.Answer{Client: machine.Docker, Stdout: l.out.String(), Code: l.cmd.ProcessState.ExitCode()})
			}
			if !tt.core {
				lost++ // the orphan asks again when its call has had its time
			}
			if got := m.IAM.Calls(api); got > lost+1 {
				t.Errorf("%d calls, want at most %d lost ones and another", got, lost)
			}
			// A core without its adapter ends within its own budget.
			envtest.Await(t, "the orphan to end", func() bool { return len(m.Processes()) == 0 })
		})
	}
}

// TestKilledCores kills the core of whoever leads, again and again: who is hit three
// times in a row fails, and nobody else.
func TestKilledCores(t *testing.T) {
	t.Parallel()
	for _, leaders := range []int{1, 2} {
		t.Run(strconv.Itoa(leaders), func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, machine.Options{})
			kills := 3 * leaders
			m.IAM.Fail(iamtest.Fault{Method: api, Delay: time.Minute, Times: kills})
			answers := make(chan []machine.Answer)
			go func() { answers <- askAll(m, 20) }()
			for i := range kills {
				envtest.Await(t, "a core to call", func() bool { return m.IAM.Calls(api) > i })
				signalAll(cores(m), syscall.SIGKILL)
			}
			failed, token := 0, ""
			for _, a := range <-answers {
				if a.Code != 0 {
					wantFailure(t, a)
					failed++
					continue
				}
				wantToken(t, m, a)
				if token != "" && token != a.Token() {
					t.Error("two tokens were answered")
				}
				token = a.Token()
			}
			if calls := m.IAM.Calls(api); failed > leaders || calls != kills+1 {
				t.Errorf("%d of 20 failed in %d calls, want %d and one more call than were killed", failed, calls, leaders)
			}
		})
	}
}

// startTroubled starts a client with a core that fails by itself after a while, and
// waits until it runs: its certificates, its proxy or its plugin are broken, say.
func startTroubled(t *testing.T, m *machine.Machine) *exec.Cmd {
	t.Helper()
	dir := filepath.Join(m.Dir, "troubled")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	client := filepath.Join(dir, string(machine.Docker))
	if err := os.Link(filepath.Join(m.Bin, string(machine.Docker)), client); err != nil {
		t.Fatal(err)
	}
	leading := filepath.Join(m.Work, "leading")
	script := "#!/bin/sh\n: >" + leading + "\nsleep 3\nexit 1\n"
	if err := testenv.WriteProgram(filepath.Join(dir, machine.Core), []byte(script)); err != nil {
		t.Fatal(err)
	}
	cmd := m.Command(context.Background(), machine.Docker, "get", machine.DockerHost)
	cmd.Path, cmd.Args[0] = client, client
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	envtest.Await(t, "the troubled core to run", func() bool { _, err := os.Stat(leading); return err == nil })
	return cmd
}

// TestTroubleOfOne: what is wrong with the process that all others wait for is not
// wrong with them.
func TestTroubleOfOne(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{})
	troubled := startTroubled(t, m)
	wantOneToken(t, m, askAll(m, 20))
	if calls := m.IAM.Calls(api); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
	if err := troubled.Wait(); err == nil {
		t.Error("the troubled one did not fail")
	}
}

// TestVerdictForAll: the API's no to an identity is asked for once.
func TestVerdictForAll(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{})
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 5 * time.Second, Status: 403, Reason: "IAM_PERMISSION_DENIED", Times: iamtest.Always})
	for _, a := range askAll(m, 20) {
		wantFailure(t, a)
	}
	// Those that had not come to wait when the first was told may ask once more.
	if calls := m.IAM.Calls(api); calls > 3 {
		t.Errorf("%d calls for one verdict", calls)
	}
}

// TestStoppedLeader: one that is stopped holds its lock as long as it likes. The
// others wait as long as a mint may take, and then do without it.
func TestStoppedLeader(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{})
	l := startLeader(t, m, api)
	_ = l.cmd.Process.Signal(syscall.SIGSTOP)
	signalAll(cores(m), syscall.SIGSTOP)
	m.IAM.ClearFaults()
	waits(t)
	for _, a := range askAll(m, 6) {
		wantToken(t, m, a)
		// As long as its mint may take, and not less: it may still be at work.
		wantInTime(t, a, 20*time.Second, budget+prompt)
	}
	wantInTime(t, m.Ask(machine.Docker, "get"), 0, prompt)
	endAll(t, m, cores(m))
}

// TestKilledAtAnyTime kills the first of several a little later each time: while
// it starts, takes the lock, runs the core, waits, keeps the token, prints it.
func TestKilledAtAnyTime(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{})
	for delay := time.Duration(0); delay < 45*time.Millisecond; delay += 1500 * time.Microsecond {
		m.Forget()
		m.IAM.ResetCalls()
		first := m.Command(context.Background(), machine.Docker, "get", machine.DockerHost)
		if err := first.Start(); err != nil {
			t.Fatal(err)
		}
		kill := time.AfterFunc(delay, func() { _ = first.Process.Kill() })
		answers := askAll(m, 4)
		_ = first.Wait()
		kill.Stop()
		for _, a := range answers {
			wantToken(t, m, a)
			wantInTime(t, a, 0, prompt)
		}
		if got := m.IAM.Calls(api); got < 1 || got > 2 {
			t.Errorf("%d calls, want one and perhaps the lost one", got)
		}
		// The core of the killed one may still be at work: its call and its token
		// are not to be counted in the next round.
		envtest.Await(t, "the orphan to end", func() bool { return len(m.Processes()) == 0 })
		if t.Failed() {
			t.Fatalf("killed after %s", delay)
		}
	}
}
