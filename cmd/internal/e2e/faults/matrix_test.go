//go:build linux

package faults

import (
	"flag"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// every is for the night: the whole product takes minutes.
var every = flag.Bool("every", false, "try every fault in every state")

// TestMatrix tries the faults in every state with both clients: all of them in
// the first three states, which differ in what the programs do, and one of each
// kind in those that break one thing more.
func TestMatrix(t *testing.T) {
	t.Parallel()
	for i, s := range states() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var shared []string
			if s.shared != nil {
				shared = s.shared(t)
			}
			for _, f := range faults() {
				if i >= 3 && !f.wide && !*every {
					continue
				}
				if f.atMost == budget { // the clients wait side by side
					for _, c := range clients() {
						t.Run(f.name+", "+string(c), func(t *testing.T) {
							t.Parallel()
							tryFault(t, s, shared, f, c)
						})
					}
					continue
				}
				t.Run(f.name, func(t *testing.T) {
					t.Parallel()
					tryFault(t, s, shared, f, clients()...)
				})
			}
		})
	}
}

func clients() []machine.Client { return []machine.Client{machine.Docker, machine.Git} }

// tryFault tries one fault in one state with each client, each on an empty
// cache.
func tryFault(t *testing.T, s state, shared []string, f fault, clients ...machine.Client) {
	m := newMachine(t, machine.Options{Keystore: s.keystore, Own: s.own, Section: f.section()})
	for _, e := range shared {
		name, value, _ := strings.Cut(e, "=")
		m.Env[name] = value
	}
	if s.prepare != nil {
		s.prepare(t, m)
	}
	var trapped atomic.Int32
	if f.trap {
		trap, err := m.IAM.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { trapped.Add(1) }), false)
		if err != nil {
			t.Fatal(err)
		}
		f.how = slices.Clone(f.how)
		for i := range f.how {
			f.how[i].Redirect = trap + "/token"
		}
	}
	m.IAM.SetSkew(f.skew)
	secrets, before := m.Secrets(), m.Files()
	if f.atMost == budget {
		waits(t)
	}
	for _, c := range clients {
		m.IAM.ClearFaults()
		m.IAM.Fail(f.how...)
		try(t, m, f, c, secrets)
		if !s.lost {
			m.Forget()
		}
	}
	if n := trapped.Load(); n != 0 {
		t.Errorf("a redirect was followed %d times", n)
	}
	wantNothingLeft(t, m, before, secrets)
}

// try asks once and checks the answer.
func try(t *testing.T, m *machine.Machine, f fault, c machine.Client, secrets []string) {
	t.Helper()
	atMost := f.atMost
	if atMost == 0 {
		atMost = prompt
	}
	m.IAM.ResetCalls()
	a := m.Ask(c, "get")
	if atMost == budget {
		wantWithinBudget(t, m, a)
		atMost = a.Took
	}
	wantInTime(t, a, f.atLeast, atMost)
	if f.answered {
		wantToken(t, m, a)
		wantQuiet(t, a.Stderr, secrets)
	} else {
		wantFailure(t, a)
		wantQuiet(t, a.Stdout+a.Stderr, secrets)
	}
	if t.Failed() {
		t.Logf("%s, exit code %d after %s\nstdout: %.300s\nstderr: %.600s", c, a.Code, a.Took.Round(time.Millisecond), a.Stdout, a.Stderr)
	}
}
