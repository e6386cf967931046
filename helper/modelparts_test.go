package helper

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// proc is a process of the model: a goroutine that does nothing to the world before
// it is its turn.
type proc struct {
	m      *model
	id     int
	what   string
	target modelTarget
	turn   chan struct{}

	mu      sync.Mutex
	waiting bool // for its turn

	done, dead bool
	stopped    bool // it goes on when all ends
	slow       bool // it was stopped
	troubled   bool // it mints nothing, for a reason of its own
	began      int  // the step in which it began
	at         time.Time

	// What it has been through.
	minted, failed, unreachable, timedOut bool
	looking                               bool // at the marks, after a put
	marked                                bool
}

// spawn starts a process, which waits for its turn.
func (m *model) spawn(what string, t modelTarget, run func(*proc)) *proc {
	p := &proc{m: m, id: len(m.procs), what: what, target: t, turn: make(chan struct{}), began: m.count, at: time.Now()}
	m.procs = append(m.procs, p)
	m.tell("%v begins", p)
	go func() {
		defer func() { p.done = true }()
		p.step()
		run(p)
	}()
	return p
}

func (p *proc) String() string {
	return fmt.Sprintf("%d (%s %.1s/%s)", p.id, p.what, p.target.ServiceAccount, p.target.Source.Fingerprint)
}

// step waits for the process's turn. A killed one ends here; what it holds is taken
// from it when it is killed.
func (p *proc) step() {
	p.mu.Lock()
	p.waiting = true
	p.mu.Unlock()
	<-p.turn
	if p.dead {
		runtime.Goexit()
	}
}

// resume gives a process its turn.
func (m *model) resume(p *proc) {
	p.mu.Lock()
	p.waiting = false
	p.mu.Unlock()
	p.turn <- struct{}{}
}

// ready are the processes that wait for their turn.
func (m *model) ready() []*proc {
	return slices.DeleteFunc(slices.Clone(m.procs), func(p *proc) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return !p.waiting || p.stopped && !p.dead
	})
}

// running reports whether the process lives and is not stopped.
func (p *proc) running() bool { return !p.done && !p.dead && !p.stopped }

func (m *model) alive() []*proc {
	return slices.DeleteFunc(slices.Clone(m.procs), func(p *proc) bool { return p.done || p.dead })
}

// kill ends a process: the kernel gives back its locks at once.
func (m *model) kill(p *proc) {
	m.tell("%v is killed", p)
	p.dead = true
	m.locks.drop(p)
}

// cache is the one of a process.
func (p *proc) cache(client host.Client) *Cache {
	c := &Cache{
		Store: procStore{p}, Minter: p, Client: client, Now: p.m.wall,
		Locks: func() (Locker, error) { return procLocks{p}, nil },
		Renew: func(Target) {
			p.m.renewal(p)
			p.m.spawn("renew", p.target, (*proc).renew)
		},
	}
	if p.m.noLocks {
		c.Locks = nil
	}
	return c
}

func (p *proc) get(client host.Client) keystore.Secret {
	p.at, p.minted, p.failed, p.unreachable, p.timedOut = time.Now(), false, false, false, false
	tok, err := p.cache(client).Get(context.Background(), p.target.Target)
	p.looking, p.m.same = false, false
	p.m.answered(p, client, tok, err)
	return tok.Secret
}

// refuse is a client whose server refuses every token, and that tries again.
func (p *proc) refuse() {
	for range 3 {
		secret := p.get(host.Git)
		if secret.Empty() {
			return
		}
		p.marked = false
		p.forget(secret)
	}
}

func (p *proc) renew() {
	_ = p.cache(host.Docker).Refresh(context.Background(), p.target.Target)
	p.looking, p.m.same = false, false
}

func (p *proc) forget(secret keystore.Secret) {
	f := p.m.forgetting(p, p.target.key)
	c := p.cache(host.Docker)
	forget := c.Forget
	if !secret.Empty() {
		forget = func(ctx context.Context, t Target) error { return c.Refuse(ctx, t, secret) }
	}
	if forget(context.Background(), p.target.Target) == nil {
		p.m.forgotten(f, !secret.Empty())
	}
}

func (p *proc) purge() {
	f := p.m.forgetting(p, "")
	var all []Locker
	if !p.m.noLocks {
		all = append(all, procLocks{p})
	}
	ForgetAll(context.Background(), all, p.m.wall(), func() { _, _ = keystore.Purge(context.Background(), procStore{p}) })
	p.m.forgotten(f, false)
}

// mintRecord is a token, or the try to make one.
type mintRecord struct {
	by         *proc
	began      int
	running    bool
	verdict    bool
	ended      time.Time
	print      string
	dies       time.Time // by a clock that nobody sets
	renews, ok bool
}

// Mint makes a token, or says why not.
func (p *proc) Mint(ctx context.Context, t Target) (Token, error) {
	p.step()
	m := p.m
	m.minting(p)
	r := &mintRecord{by: p, began: m.count, running: true, print: t.Source.Fingerprint, renews: p.what == "renew"}
	m.mints = append(m.mints, r)
	defer func() { r.running, r.ended = false, time.Now() }()
	takes := time.Duration(200+m.rng.IntN(2000)) * time.Millisecond
	if !m.calm && m.rng.IntN(20) == 0 {
		takes = 20 * time.Second
	}
	number := len(m.mints)
	m.tell("%v mints %d in %v", p, number, takes)
	select {
	case <-time.After(takes):
	case <-ctx.Done():
	}
	p.step()
	switch {
	case p.troubled:
		p.failed = true
		return Token{}, &Error{Op: "mint", Reason: "own trouble", Code: "core"}
	case m.api == "denied":
		p.failed, r.verdict = true, true
		return Token{}, &Error{Op: "mint", Reason: "denied", Code: "permission-denied"}
	case m.api == "down":
		p.failed, p.unreachable = true, true
		return Token{}, &Error{Op: "mint", Reason: "down", Code: "unreachable", Unreachable: true}
	}
	if !m.calm && m.rng.IntN(30) == 0 {
		r.print = "another" // the source identity has changed since it was looked at
	}
	p.minted, r.ok, r.dies = true, true, time.Now().Add(m.life)
	now := m.wall()
	return Token{
		Secret: keystore.NewSecret(fmt.Sprintf("%d %s", number, t.ServiceAccount)), Issued: now, Expires: now.Add(m.life), Fingerprint: r.print,
	}, nil
}

// record returns what a token's secret tells of it.
func (m *model) record(secret keystore.Secret) (r *mintRecord, account string) {
	number, account, _ := strings.Cut(secret.Reveal(), " ")
	var n int
	if _, err := fmt.Sscan(number, &n); err != nil || n < 1 || n > len(m.mints) {
		m.fail("a secret that nobody made: %q", secret.Reveal())
		return &mintRecord{by: &proc{}}, account
	}
	return m.mints[n-1], account
}

// procStore is the keystore as a process sees it.
type procStore struct{ p *proc }

func (s procStore) Name() string { return "memory" }

func (s procStore) Get(ctx context.Context, key keystore.Key) (keystore.Entry, error) {
	s.p.step()
	return s.p.m.memory.Get(ctx, key)
}

func (s procStore) Put(ctx context.Context, key keystore.Key, e keystore.Entry) error {
	s.p.step()
	err := s.p.m.memory.Put(ctx, key, e)
	if s.p.m.full {
		err = errors.Join(keystore.ErrQuota, s.p.m.memory.Delete(ctx, key))
	}
	s.p.m.tell("%v puts %q, %v", s.p, e.Secret.Reveal(), err)
	s.p.looking, s.p.m.same = true, false
	return err
}

func (s procStore) Delete(ctx context.Context, key keystore.Key) error {
	s.p.step()
	s.p.m.tell("%v deletes %s", s.p, key)
	return s.p.m.memory.Delete(ctx, key)
}

func (s procStore) List(ctx context.Context) ([]keystore.Key, error) {
	s.p.step()
	keys, err := s.p.m.memory.List(ctx)
	slices.Sort(keys)
	return keys, err
}

// modelLocks are the locks of all processes.
type modelLocks struct {
	held   map[keystore.Key]*proc
	shared []*proc
	alone  *proc
	claims map[keystore.Key]time.Time
	marks  map[keystore.Key]time.Time
	freed  chan struct{} // closed when something was given back
}

// busy reports whether somebody puts or forgets now: that takes a moment, but for
// who is stopped.
func (l *modelLocks) busy() bool {
	return l.alone != nil && l.alone.running() || slices.ContainsFunc(l.shared, (*proc).running)
}

func (l *modelLocks) tell() {
	close(l.freed)
	l.freed = make(chan struct{})
}

// drop gives back all that a killed process holds.
func (l *modelLocks) drop(p *proc) {
	for key, holder := range l.held {
		if holder == p {
			delete(l.held, key)
		}
	}
	l.shared = slices.DeleteFunc(l.shared, func(s *proc) bool { return s == p })
	if l.alone == p {
		l.alone = nil
	}
	l.tell()
}

// procLocks are the locks as a process sees them.
type procLocks struct{ p *proc }

// take tries until it has what it wants or ctx ends. What is given back twice, or by
// the dead, is not there to be given back any more.
func (l procLocks) take(ctx context.Context, try func(*modelLocks) bool, back func(*modelLocks)) (func(), error) {
	all := &l.p.m.locks
	for {
		l.p.step()
		if try(all) {
			return func() {
				if !l.p.dead {
					back(all)
					all.tell()
				}
			}, nil
		}
		select {
		case <-all.freed:
		case <-ctx.Done():
			l.p.step()
			l.p.timedOut = true
			return nil, ctx.Err()
		}
	}
}

func (l procLocks) Lock(ctx context.Context, key keystore.Key) (func(), error) {
	return l.take(ctx, func(a *modelLocks) bool {
		if a.held[key] != nil {
			return false
		}
		a.held[key] = l.p
		return true
	}, func(a *modelLocks) { delete(a.held, key) })
}

func (l procLocks) TryLock(key keystore.Key) (func(), bool, error) {
	l.p.step()
	all := &l.p.m.locks
	if all.held[key] != nil {
		return nil, false, nil
	}
	all.held[key] = l.p
	return func() {
		if !l.p.dead {
			delete(all.held, key)
			all.tell()
		}
	}, true, nil
}

func (l procLocks) Share(ctx context.Context) (func(), error) {
	return l.take(ctx, func(a *modelLocks) bool {
		if a.alone != nil {
			return false
		}
		a.shared = append(a.shared, l.p)
		return true
	}, func(a *modelLocks) {
		a.shared = slices.DeleteFunc(a.shared, func(s *proc) bool { return s == l.p })
	})
}

func (l procLocks) Exclude(ctx context.Context) (func(), error) {
	return l.take(ctx, func(a *modelLocks) bool {
		if a.alone != nil || len(a.shared) > 0 {
			return false
		}
		a.alone = l.p
		return true
	}, func(a *modelLocks) { a.alone = nil })
}

func (l procLocks) Claim(key keystore.Key, every time.Duration, _ time.Time) bool {
	l.p.step()
	now := l.p.m.wall() // nobody is stopped between reading the clock and this
	claims := l.p.m.locks.claims
	last, claimed := claims[key]
	age := now.Sub(last)
	if claimed && age >= 0 && age < every {
		return false
	}
	claims[key] = now
	return !claimed || age >= 0
}

func (l procLocks) Mark(key keystore.Key, now time.Time) error {
	l.p.step()
	marks := l.p.m.locks.marks
	if last := marks[key]; !now.After(last) {
		now = last.Add(time.Millisecond)
	}
	l.p.m.tell("%v marks %s", l.p, key)
	marks[key] = now
	l.p.marked = true
	return nil
}

func (l procLocks) Marked(key keystore.Key) time.Time {
	l.p.step()
	return l.p.m.locks.marks[key]
}
