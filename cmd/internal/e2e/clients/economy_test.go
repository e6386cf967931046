package clients

import (
	"sync"
	"testing"
)

// Thirty-two processes that find no token at the same time cause one call and
// get one answer.
func TestColdTogether(t *testing.T) {
	w := newWorld(t)
	r := w.newRegistry(nil)
	const processes = 32
	answers := make([]string, processes)
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			out, ok := w.ask("get", r.Host)
			if !ok {
				t.Errorf("get %d: %s", i, out)
			}
			answers[i] = out
		})
	}
	wg.Wait()
	for i, answer := range answers {
		if answer != answers[0] {
			t.Errorf("process %d got another answer than process 0", i)
		}
	}
	w.wantMints(t, 1)
}

// Ten hosts of one identity share one token, asked for all at once.
func TestTenHosts(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.newRegistry(nil)
	}
	var wg sync.WaitGroup
	for host := range w.helpers {
		wg.Go(func() {
			if out, ok := w.ask("get", host); !ok {
				t.Errorf("get %s: %s", host, out)
			}
		})
	}
	wg.Wait()
	w.wantMints(t, 1)
}

// Two identities never share one, though everything else is the same.
func TestTwoIdentities(t *testing.T) {
	w := newWorld(t)
	mine := w.newRegistry(nil)
	theirs := w.newRegistry(section{"serviceAccount": auditor})
	theirs.Forbid(deployer)
	theirs.AllowWriter(auditor)
	w.seed(t, mine, "demo-project/images/app:v1")
	w.seed(t, theirs, "demo-project/images/app:v1")
	wantPushedBy(t, mine, "demo-project/images/app", deployer)
	wantPushedBy(t, theirs, "demo-project/images/app", auditor)
	w.wantMints(t, 2)
}
