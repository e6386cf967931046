//go:build linux

package faults

import (
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// minutes is how long something stands still, and shortLife how long the tokens live
// that end meanwhile.
const (
	minutes   = 3 * time.Minute
	shortLife = 2 * time.Minute
)

// pass waits for minutes.
func pass() { time.Sleep(minutes) }

// ofMinutes are processes that are stopped for minutes.
func ofMinutes() []trouble {
	client := func(p machine.Process) bool { return p.Is(string(machine.Docker), "") }
	core := func(p machine.Process) bool { return p.Is(machine.Core, "") }
	both := func(p machine.Process) bool { return client(p) || core(p) }
	const promise = "a good token or a failure, not the one that ended"
	return []trouble{
		{"a client is stopped for 3 minutes while its core mints a token that ends meanwhile", promise, "", stoppedFor(client)},
		{"the core is stopped for 3 minutes while it mints a token that ends meanwhile", promise, "", stoppedFor(core)},
		{"both are stopped for 3 minutes", promise, "", stoppedFor(both)},
		{"the renewal in the background is stopped for 3 minutes, in which the token at hand ends and the one that it makes",
			"the others wait as long as a mint may take (20 s), and are answered; what the renewal made is not answered", "", renewalStopped},
	}
}

// stoppedFor stops those that a get consists of.
func stoppedFor(which func(machine.Process) bool) func(t *testing.T) string {
	return func(t *testing.T) string {
		m := newMachine(t, machine.Options{})
		m.IAM.SetAccessTokenLifetime(shortLife)
		m.IAM.Fail(iamtest.Fault{Method: api, Delay: 2 * time.Second})
		answer := make(chan machine.Answer, 1)
		go func() {
			answer <- machine.Run(machine.Docker, m.Command(t.Context(), machine.Docker, "get", machine.DockerHost))
		}()
		envtest.Await(t, "the call", func() bool { return m.IAM.Calls(api) == 1 })
		var pids []int
		for _, p := range m.Processes() {
			if which(p) {
				pids = append(pids, p.PID)
			}
		}
		if len(pids) == 0 {
			t.Fatal("nothing to stop")
		}
		signalAll(pids, syscall.SIGSTOP)
		waits(t)
		pass()
		resumed := time.Now()
		signalAll(pids, syscall.SIGCONT)
		a := <-answer
		a.Took = time.Since(resumed)
		wantTokenOrFailure(t, m, a)
		wantInTime(t, a, 0, budget+prompt)
		return account(m, a) + " after it went on"
	}
}

func wantTokenOrFailure(t *testing.T, m *machine.Machine, a machine.Answer) {
	t.Helper()
	if a.Code == 0 {
		wantToken(t, m, a)
	} else {
		wantFailure(t, a)
	}
}

// renewalStopped stops a renewal, and has others ask when the token at hand has ended.
func renewalStopped(t *testing.T) string {
	m := newMachine(t, machine.Options{})
	m.IAM.SetAccessTokenLifetime(shortLife)
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	m.AgeTo(shortLife * 5 / 8)
	m.IAM.ResetCalls()
	m.IAM.Fail(iamtest.Fault{Method: api, Delay: 5 * time.Second})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	envtest.Await(t, "the renewal to call", func() bool { return m.IAM.Calls(api) == 1 })
	var pids []int
	for _, p := range m.Processes() {
		pids = append(pids, p.PID)
	}
	signalAll(pids, syscall.SIGSTOP)
	waits(t)
	pass()
	answers := []machine.Answer{m.Ask(machine.Docker, "get"), m.Ask(machine.Git, "get")}
	signalAll(pids, syscall.SIGCONT)
	envtest.Await(t, "the renewal to end", func() bool { return len(m.Processes()) == 0 })
	answers = append(answers, m.Ask(machine.Docker, "get"), m.Ask(machine.Git, "get"))
	for _, a := range answers {
		wantToken(t, m, a)
		wantInTime(t, a, 0, budget+prompt)
	}
	return account(m, answers...)
}
