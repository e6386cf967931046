//go:build linux

package faults

import (
	"fmt"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// steps are how far a clock is set.
func steps() []time.Duration {
	return []time.Duration{5 * time.Minute, -5 * time.Minute, 2 * time.Hour, -2 * time.Hour, 24 * time.Hour, -24 * time.Hour}
}

// emulated is how long an answer may take of a machine whose processor is emulated: what
// hangs takes for ever.
const emulated = 2 * testenv.Patience

// wantBoth has both clients ask: they get a good token, for so many calls at most.
func (w *world) wantBoth(t *testing.T, m *machine.Machine, calls int) {
	t.Helper()
	w.iam.ResetCalls()
	for _, c := range clients() {
		w.want(t, m, w.ask(t, m, c, "get"), calls)
	}
}

// want checks an answer and notes it.
func (w *world) want(t *testing.T, m *machine.Machine, a machine.Answer, calls int) {
	t.Helper()
	wantToken(t, m, a)
	w.note(t, a, calls)
}

// note notes an answer, for which there were so many calls at most.
func (w *world) note(t *testing.T, a machine.Answer, calls int) {
	t.Helper()
	wantInTime(t, a, 0, emulated)
	got := w.iam.Calls(api)
	if got > calls {
		t.Errorf("%d calls, want at most %d", got, calls)
	}
	w.answers, w.most = append(w.answers, a), max(w.most, got)
}

// said says what was seen.
func (w *world) said() string {
	answered, longest := 0, time.Duration(0)
	for _, a := range w.answers {
		if a.Code == 0 {
			answered++
		}
		longest = max(longest, a.Took)
	}
	return fmt.Sprintf("%d of %d answered; %d call%s at most; %.1f s at most", answered, len(w.answers), w.most, plural(w.most), longest.Seconds())
}

// setClock sets the guest's clock.
func (w *world) setClock(t *testing.T, by time.Duration) {
	t.Helper()
	envtest.Check(t, w.SetClock(t.Context(), by))
}

// forget has a person forget the token, by their client; that of the source stays.
func (w *world) forget(t *testing.T, m *machine.Machine) {
	t.Helper()
	if a := w.ask(t, m, machine.Docker, "erase"); a.Code != 0 {
		t.Errorf("erase: %+v", a)
	}
	w.iam.ResetCalls()
}

// eachStep sets the clock by each step and right again; f does it.
func eachStep(t *testing.T, f func(w *world, m *machine.Machine, set func())) string {
	w := newWorld(t)
	for _, m := range w.machines {
		w.wantBoth(t, m, 1)
		for _, by := range steps() {
			f(w, m, func() { w.setClock(t, by) })
			w.wantBoth(t, m, 1)
			w.setClock(t, -by)
			w.wantBoth(t, m, 1)
			if t.Failed() {
				t.Fatalf("keystore %s, clock set by %s", m.Keystore, by)
			}
		}
	}
	return w.said()
}

func clockSet(t *testing.T) string {
	return eachStep(t, func(_ *world, _ *machine.Machine, set func()) { set() })
}

func clockSetSource(t *testing.T) string {
	return eachStep(t, func(w *world, m *machine.Machine, set func()) {
		w.forget(t, m)
		set()
	})
}

func clockSetMeanwhile(t *testing.T) string {
	return eachStep(t, func(w *world, m *machine.Machine, set func()) {
		w.forget(t, m)
		w.during(t, m, func() { set() }, func(a machine.Answer) { w.want(t, m, a, 2) })
	})
}

// back is how far a clock is set back so that a token that lives for shortLife seems to
// live on when minutes have passed, and not to be of the future.
const back = 2 * time.Minute

func clockSetBack(t *testing.T) string {
	w := newWorld(t)
	w.cached(t, shortLife)
	w.setClock(t, -back)
	return w.ended(t)
}

func clockSetBackMeanwhile(t *testing.T) string {
	w := newWorld(t)
	w.iam.SetAccessTokenLifetime(shortLife)
	for _, m := range w.machines {
		w.iam.ResetCalls()
		w.during(t, m, func() { w.setClock(t, -back) }, func(a machine.Answer) { w.want(t, m, a, 2) })
		w.setClock(t, back)
	}
	w.setClock(t, -back)
	return w.ended(t)
}

// ended has all cached tokens end, and both persons ask.
func (w *world) ended(t *testing.T) string {
	t.Helper()
	w.pass()
	for _, m := range w.machines {
		w.wantBoth(t, m, 1)
	}
	return w.said()
}

// delay is how long the call takes during which something happens.
const delay = 5 * time.Second

// during has a client ask, and something happen while its token is made.
func (w *world) during(t *testing.T, m *machine.Machine, happen func(), then func(machine.Answer)) {
	t.Helper()
	w.iam.Fail(iamtest.Fault{Method: api, Delay: delay})
	answer := make(chan machine.Answer, 1)
	go func() { answer <- w.ask(t, m, machine.Docker, "get") }()
	w.awaitCalls(t, 1)
	happen()
	if !w.iam.Log(api)[0].Ended.IsZero() {
		t.Error("it happened after the call, not while it was made")
	}
	then(<-answer)
}

// awaitCalls waits until so many calls of the API are being made.
func (w *world) awaitCalls(t *testing.T, calls int) {
	t.Helper()
	envtest.Await(t, "the calls", func() bool { return w.iam.Calls(api) == calls })
}

// cached has both persons' tokens cached, which live for so long, and forgets that.
func (w *world) cached(t *testing.T, life time.Duration) {
	t.Helper()
	w.iam.SetAccessTokenLifetime(life)
	for _, m := range w.machines {
		w.wantBoth(t, m, 1)
	}
	w.answers, w.most = nil, 0
}

func asleep(t *testing.T) string {
	w := newWorld(t)
	w.cached(t, shortLife)
	envtest.Check(t, w.Sleep(t.Context(), w.pass))
	for _, m := range w.machines {
		w.wantBoth(t, m, 1)
	}
	return w.said()
}

func asleepMeanwhile(t *testing.T) string {
	return whileMinted(t, shortLife, wantTokenOrFailure, func(w *world) error { return w.Sleep(t.Context(), w.pass) })
}

func stoodStill(t *testing.T) string {
	w := newWorld(t)
	w.cached(t, time.Hour)
	envtest.Check(t, w.Stop(w.pass))
	for _, m := range w.machines {
		w.wantBoth(t, m, 0)
	}
	return w.said()
}

func stoodStillMeanwhile(t *testing.T) string {
	return whileMinted(t, time.Hour, wantToken, func(w *world) error { return w.Stop(w.pass) })
}

// stoodStillTooLong is what no program on the machine can see: by all of its clocks the
// tokens are good.
func stoodStillTooLong(t *testing.T) string {
	w := newWorld(t)
	w.iam.SetAccessTokenLifetime(shortLife)
	olds := make([]string, len(w.machines))
	for i, m := range w.machines {
		w.iam.ResetCalls()
		a := w.ask(t, m, machine.Docker, "get")
		w.want(t, m, a, 1)
		olds[i] = a.Token()
	}
	envtest.Check(t, w.Stop(w.pass))
	for i, m := range w.machines {
		w.iam.ResetCalls()
		a := w.ask(t, m, machine.Docker, "get")
		w.note(t, a, 0)
		if a.Code != 0 || a.Token() != olds[i] {
			t.Errorf("not the token that was cached: exit status %d, stderr %q", a.Code, a.Stderr)
		}
		if _, ok := w.iam.Principal(a.Token()); ok {
			t.Error("the token has not ended")
		}
		w.forget(t, m)
		w.want(t, m, w.ask(t, m, machine.Docker, "get"), 1)
	}
	return w.said()
}

// whileMinted has the machine stand still while both persons' tokens are made; want
// checks what they get.
func whileMinted(t *testing.T, life time.Duration, want func(*testing.T, *machine.Machine, machine.Answer), still func(*world) error) string {
	w := newWorld(t)
	w.iam.SetAccessTokenLifetime(life)
	w.iam.Fail(iamtest.Fault{Method: api, Delay: delay, Times: len(w.machines)})
	answers := make([]chan machine.Answer, len(w.machines))
	for i, m := range w.machines {
		answers[i] = make(chan machine.Answer, 1)
		go func() { answers[i] <- w.ask(t, m, machine.Docker, "get") }()
	}
	w.awaitCalls(t, len(w.machines))
	envtest.Check(t, still(w))
	for i, m := range w.machines {
		a := <-answers[i]
		a.Took -= w.stood
		want(t, m, a)
		w.note(t, a, 2*len(w.machines))
	}
	for _, m := range w.machines {
		w.wantBoth(t, m, 1)
	}
	return w.said()
}
