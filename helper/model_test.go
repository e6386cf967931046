package helper

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

var (
	modelSeed  = flag.Uint64("model.seed", 0, "run the schedule of this seed alone, and tell what happens")
	modelCount = flag.Int("model.count", 2000, "how many schedules to run")
)

// TestModel runs the cache as many processes do that know nothing of each other, on
// a keystore, locks, an API and a clock that a scheduler has in its hands: whose turn
// it is, who is killed, when time passes. After each step what must always hold is
// checked (modelcheck_test.go). A schedule is all in its seed.
func TestModel(t *testing.T) {
	if *modelSeed != 0 {
		runModel(t, *modelSeed, true)
		return
	}
	for seed := range uint64(*modelCount) {
		if runModel(t, seed+1, false); t.Failed() {
			t.Fatalf("to see it again: go test ./helper -run TestModel -model.seed=%d", seed+1)
		}
	}
}

// model is a machine with its processes. What it holds is touched by one goroutine
// at a time: the scheduler's, or that of the process whose turn it is.
type model struct {
	t   *testing.T
	rng *rand.Rand

	// What kind of world it is.
	fair     bool // time stands still while anybody can go on
	calm     bool // nobody is killed, and nothing fails
	full     bool // the keystore has no room, ever
	noLocks  bool
	tampered bool // somebody sets the clock
	life     time.Duration
	targets  []modelTarget

	// What it is like now.
	start  time.Time
	offset time.Duration // of the local clock
	api    string        // "good", "denied" or "down"
	memory *keystore.Memory
	same   bool // nothing has changed since the last check
	locks  modelLocks

	procs   []*proc
	mints   []*mintRecord
	forgets []*forgetRecord
	renewed map[keystore.Key]time.Time // when a renewal was begun last
	refused map[keystore.Key]time.Time // when a young token was given up last
	count   int                        // of steps
	trace   []string
}

// modelTarget is a target and its key.
type modelTarget struct {
	Target
	key keystore.Key
}

// runModel runs one schedule.
func runModel(t *testing.T, seed uint64, tell bool) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, seed)
		for range 100 + m.rng.IntN(200) {
			synctest.Wait()
			m.act()
			synctest.Wait()
			if m.check(); t.Failed() {
				break
			}
		}
		m.finish()
		if tell || t.Failed() {
			t.Logf("seed %d: fair %v, calm %v, full %v, no locks %v, life %v\n%s", seed, m.fair, m.calm, m.full, m.noLocks, m.life, strings.Join(m.trace, "\n"))
		}
	})
}

func newModel(t *testing.T, seed uint64) *model {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := &model{
		t: t, rng: rng, start: time.Now(), api: "good", renewed: map[keystore.Key]time.Time{}, refused: map[keystore.Key]time.Time{},
		fair: rng.IntN(2) == 0, calm: rng.IntN(3) == 0, noLocks: rng.IntN(20) == 0, tampered: rng.IntN(3) == 0,
		life: []time.Duration{time.Hour, 12 * time.Minute, 40 * time.Second}[rng.IntN(3)],
	}
	m.noLocks = m.noLocks && !m.calm
	m.tampered = m.tampered && !m.calm
	m.full = m.calm && m.fair && rng.IntN(4) == 0
	m.locks = modelLocks{held: map[keystore.Key]*proc{}, claims: map[keystore.Key]time.Time{}, marks: map[keystore.Key]time.Time{}, freed: make(chan struct{})}
	m.memory = keystore.NewMemory(m.wall)
	m.memory.Uptime = func() time.Duration { return 24*time.Hour + time.Since(m.start) }
	for i, account := range []string{"a@p.iam.gserviceaccount.com", "b@p.iam.gserviceaccount.com"} {
		for _, print := range []string{"one", "two"}[:1+i] { // the second account has two principals behind it
			t := Target{ServiceAccount: account, Token: Access, Issuer: Google, Source: Source{Fingerprint: print}}
			m.targets = append(m.targets, modelTarget{t, t.Key()})
		}
	}
	return m
}

// wall is the local clock.
func (m *model) wall() time.Time { return time.Now().Add(m.offset) }

func (m *model) tell(format string, args ...any) {
	m.trace = append(m.trace, fmt.Sprintf("%8s ", time.Since(m.start).Round(time.Millisecond))+fmt.Sprintf(format, args...))
}

// act does one thing that can happen.
func (m *model) act() {
	m.count++
	ready := m.ready()
	n := m.rng.IntN(100)
	switch {
	case n < 78 && len(ready) > 0:
		m.resume(ready[m.rng.IntN(len(ready))])
	case n < 85:
		m.begin()
	case n < 87:
		m.quiet()
	case n < 94:
		if m.fair && len(ready) > 0 || m.locks.busy() {
			return
		}
		d := []time.Duration{50 * time.Millisecond, time.Second, 7 * time.Second, 31 * time.Second, m.life / 3, m.life * 7 / 10, m.life * 19 / 20}[m.rng.IntN(7)]
		m.tell("%v pass", d)
		m.pass(d)
	case !m.calm:
		m.accident()
	}
}

// accident does one thing that had better not happen.
func (m *model) accident() {
	switch m.rng.IntN(4) {
	case 3:
		if alive := m.alive(); len(alive) > 0 {
			p := alive[m.rng.IntN(len(alive))]
			m.tell("%v is stopped", p)
			p.stopped, p.slow = true, true
		}
	case 0:
		if alive := m.alive(); len(alive) > 0 {
			m.kill(alive[m.rng.IntN(len(alive))])
		}
	case 1:
		m.api = []string{"good", "good", "denied", "down"}[m.rng.IntN(4)]
		m.tell("the API is %s", m.api)
	case 2:
		m.memory.Room = []int{0, 0, 1, 3}[m.rng.IntN(4)]
		m.tell("the keystore has room for %d", m.memory.Room)
	}
}

// quiet lets everybody end who is not stopped, and then much time pass.
func (m *model) quiet() {
	for slices.ContainsFunc(m.procs, (*proc).running) && !m.t.Failed() {
		m.goOn()
		synctest.Wait()
		m.check()
	}
	d := m.life * time.Duration(1+m.rng.IntN(20)) / 20
	m.tell("%v pass in peace", d)
	time.Sleep(d)
	// Nobody sets the clock while a request is under way: that is a moment.
	if m.tampered && len(m.alive()) == 0 {
		m.offset += []time.Duration{-m.life / 2, -40 * time.Second, m.life / 3}[m.rng.IntN(3)]
		m.tell("the clock is off by %v", m.offset)
		m.same = false
	}
}

// pass lets time pass. In a fair world nobody is kept from going on.
func (m *model) pass(d time.Duration) {
	if !m.fair {
		time.Sleep(d)
		return
	}
	for end := time.Now().Add(d); slices.ContainsFunc(m.procs, (*proc).running); synctest.Wait() {
		if left := time.Until(end); left <= 0 || len(m.ready()) > 0 {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	time.Sleep(d)
}

// begin starts a process.
func (m *model) begin() {
	t := m.targets[m.rng.IntN(len(m.targets))]
	switch n := m.rng.IntN(20); {
	case n < 14:
		client := []host.Client{host.Docker, host.Git}[m.rng.IntN(2)]
		for range 1 + m.rng.IntN(4)*m.rng.IntN(2) { // one, or some together
			m.spawn("get", t, func(p *proc) { p.get(client) })
		}
	case n < 15:
		m.spawn("renew", t, (*proc).renew)
	case n < 16:
		m.spawn("refused get", t, (*proc).refuse)
	case m.full: // nothing to forget
	case n < 18:
		secret := keystore.Secret{}
		if e, err := m.memory.Get(context.Background(), t.key); err == nil && m.rng.IntN(4) > 0 {
			secret = e.Secret
		}
		m.spawn("forget", t, func(p *proc) { p.forget(secret) })
	case n < 19:
		m.spawn("purge", t, (*proc).purge)
	default:
		p := m.spawn("troubled get", t, func(p *proc) { p.get(host.Docker) })
		p.troubled = !m.calm
	}
}

// finish lets everybody who lives come to an end, without further accidents.
func (m *model) finish() {
	for _, p := range m.procs {
		p.stopped = false
	}
	for n := 0; !m.t.Failed(); n++ {
		synctest.Wait()
		m.check()
		if !m.goOn() {
			return
		}
		if n > 20_000 {
			m.fail("somebody never ends")
		}
	}
	for _, p := range m.alive() {
		p.dead = true
	}
	for m.goOn() { // synctest waits for every goroutine
		synctest.Wait()
	}
}

// goOn gives somebody a turn, or lets time pass; it is false when all have ended.
func (m *model) goOn() bool {
	if ready := m.ready(); len(ready) > 0 {
		m.count++
		m.resume(ready[m.rng.IntN(len(ready))])
		return true
	}
	if !slices.ContainsFunc(m.procs, func(p *proc) bool { return !p.done }) {
		return false
	}
	time.Sleep(200 * time.Millisecond)
	return true
}
