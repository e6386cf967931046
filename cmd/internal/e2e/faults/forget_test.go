//go:build linux

package faults

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// TestPurgeFindsAll: who purges from cron, say, where no runtime folder is named,
// leaves nothing in a memory file system either.
func TestPurgeFindsAll(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{Keystore: "tmpfs"})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	dir := m.Env["XDG_RUNTIME_DIR"]
	delete(m.Env, "XDG_RUNTIME_DIR")
	out := m.Purge()
	m.Env["XDG_RUNTIME_DIR"] = dir
	if m.Cached() != "" || !strings.Contains(out, "tmpfs: 2 tokens") { // the source's too
		t.Errorf("cached: %v, and purge said\n%s", m.Cached() != "", out)
	}
}

// TestForgottenStays: what is forgotten while a token is made, for a client or in
// the background, is not put back.
func TestForgottenStays(t *testing.T) {
	t.Parallel()
	eraseDocker := func(t *testing.T, m *machine.Machine, _ string) { m.Ask(machine.Docker, "erase") }
	eraseGit := func(t *testing.T, m *machine.Machine, token string) { refuse(t, m, token) }
	all := func(_ *testing.T, m *machine.Machine, _ string) { m.Purge() }
	for _, c := range []struct {
		name    string
		renewal bool
		forget  func(t *testing.T, m *machine.Machine, token string)
	}{
		{"renewal, purge", true, all}, {"renewal, docker erase", true, eraseDocker}, {"renewal, git erase", true, eraseGit},
		{"mint, purge", false, all}, {"mint, docker erase", false, eraseDocker},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, machine.Options{})
			old := ""
			if c.renewal {
				first := m.Ask(machine.Docker, "get")
				old = first.Token()
				m.Age(35 * time.Minute)
				m.ForgetSource()
			}
			m.IAM.ResetCalls()
			m.IAM.Fail(iamtest.Fault{Method: api, Delay: 8 * time.Second})
			answer := make(chan machine.Answer)
			go func() { answer <- m.Ask(machine.Docker, "get") }()
			envtest.Await(t, "the call", func() bool { return m.IAM.Calls(api) == 1 })
			c.forget(t, m, old)
			waits(t)
			wantToken(t, m, <-answer)
			envtest.Await(t, "the mint to end", func() bool { return len(m.Processes()) == 0 })
			if got := m.Cached(); got != "" {
				t.Errorf("a token is back (the old one: %v)", got == old)
			}
			source := m.IAM.Calls(tokenEndpoint)
			wantToken(t, m, m.Ask(machine.Docker, "get"))
			if m.Cached() == "" {
				t.Error("what is minted afterwards is not kept")
			}
			// A purge forgets the source's token too, an erase does not.
			want := source
			if strings.HasSuffix(c.name, ", purge") {
				want++
			}
			if got := m.IAM.Calls(tokenEndpoint); got != want {
				t.Errorf("%d calls for the source's token, want %d", got, want)
			}
		})
	}
}

// refuse is what git does with a password that a server refused; with none it does
// not say which one.
func refuse(t *testing.T, m *machine.Machine, token string) {
	t.Helper()
	cmd := m.Command(context.Background(), machine.Git, "erase", machine.GitHost)
	password := ""
	if token != "" {
		password = "password=" + token + "\n"
	}
	cmd.Stdin = strings.NewReader("protocol=https\nhost=" + machine.GitHost + "\nusername=x\n" + password + "\n")
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Run(); err != nil || log.Len() > 0 {
		t.Errorf("erase: %v %s", err, log.String())
	}
}

// TestRefusalStorm: a server that refuses every token costs a mint or two, not one
// for every turn of a client that tries again and again; and so do many remotes at
// once.
func TestRefusalStorm(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		clients int
		silent  bool
	}{
		"one client again and again": {1, false}, "many remotes at once": {8, false},
		"one without a password": {1, true}, "many without a password": {8, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, machine.Options{})
			start := time.Now()
			var all sync.WaitGroup
			for range c.clients {
				all.Go(func() {
					for range 32 / c.clients {
						a := m.Ask(machine.Git, "get")
						wantToken(t, m, a)
						if token := a.Token(); c.silent {
							refuse(t, m, "")
						} else {
							refuse(t, m, token)
						}
					}
				})
			}
			all.Wait()
			// The first refusal is believed, and one more in each minute.
			if calls, limit := m.IAM.Calls(api), 2+int(time.Since(start)/time.Minute); calls > limit {
				t.Errorf("%d calls for 32 refusals, want at most %d", calls, limit)
			}
		})
	}
}
