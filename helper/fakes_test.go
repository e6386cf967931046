package helper

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// mints is a Minter that numbers its tokens.
type mints struct {
	mu    sync.Mutex
	n     int
	life  time.Duration
	err   error
	print string
	delay time.Duration
	now   func() time.Time
	// during happens while a token is made; fail may fail the nth mint.
	during func()
	fail   func(n int) error
}

func (m *mints) Mint(_ context.Context, t Target) (Token, error) {
	m.mu.Lock()
	m.n++
	n, err := m.n, m.err
	if m.fail != nil {
		err = m.fail(n)
	}
	m.mu.Unlock()
	time.Sleep(m.delay)
	if m.during != nil {
		m.during()
	}
	if err != nil {
		return Token{}, err
	}
	now := m.now()
	return Token{
		Secret: keystore.NewSecret(t.ServiceAccount + "#" + strconv.Itoa(n)),
		Issued: now, Expires: now.Add(m.life), Fingerprint: m.print,
	}, nil
}

// locks is a Locker within one process.
type locks struct {
	mu     sync.Mutex
	held   map[keystore.Key]chan struct{}
	claims map[keystore.Key]time.Time
	marks  map[keystore.Key]time.Time
	puts   sync.RWMutex
	err    error
}

// lock returns the entry's lock, a channel that is full while it is held.
func (l *locks) lock(key keystore.Key) chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held, l.claims, l.marks = map[keystore.Key]chan struct{}{}, map[keystore.Key]time.Time{}, map[keystore.Key]time.Time{}
	}
	if l.held[key] == nil {
		l.held[key] = make(chan struct{}, 1)
	}
	return l.held[key]
}

func (l *locks) Lock(ctx context.Context, key keystore.Key) (func(), error) {
	m := l.lock(key)
	select {
	case m <- struct{}{}:
		return func() { <-m }, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *locks) TryLock(key keystore.Key) (func(), bool, error) {
	if l.err != nil {
		return nil, false, l.err
	}
	m := l.lock(key)
	select {
	case m <- struct{}{}:
		return func() { <-m }, true, nil
	default:
		return nil, false, nil
	}
}

func (l *locks) Claim(key keystore.Key, every time.Duration, now time.Time) bool {
	l.lock(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.claims[key]) < every {
		return false
	}
	l.claims[key] = now
	return true
}

func (l *locks) Share(context.Context) (func(), error) {
	if l.err != nil {
		return nil, l.err
	}
	l.puts.RLock()
	return l.puts.RUnlock, nil
}

func (l *locks) Exclude(context.Context) (func(), error) {
	if l.err != nil {
		return nil, l.err
	}
	l.puts.Lock()
	return l.puts.Unlock, nil
}

func (l *locks) Mark(key keystore.Key, now time.Time) error {
	l.lock(key)
	l.mu.Lock()
	defer l.mu.Unlock()
	if last := l.marks[key]; !now.After(last) {
		now = last.Add(1)
	}
	l.marks[key] = now
	return l.err
}

func (l *locks) Marked(key keystore.Key) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.marks[key]
}

// via is a Locker that a test exchanges for another one.
type via struct{ Locker }

// busy is a Locker whose lock another process never gives back.
type busy struct{ Locker }

func (busy) TryLock(keystore.Key) (func(), bool, error) { return nil, false, nil }
func (busy) Lock(ctx context.Context, _ keystore.Key) (func(), error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// patient is a Locker that notes until when its caller would wait.
type patient struct {
	Locker
	until time.Time
}

func (*patient) TryLock(keystore.Key) (func(), bool, error) { return nil, false, nil }
func (p *patient) Lock(ctx context.Context, _ keystore.Key) (func(), error) {
	p.until, _ = ctx.Deadline()
	return nil, context.DeadlineExceeded
}

// minting is a Locker whose lock is held until another process has minted.
type minting struct {
	Locker
	b *bench
}

func (minting) TryLock(keystore.Key) (func(), bool, error)        { return nil, false, nil }
func (minting) Claim(keystore.Key, time.Duration, time.Time) bool { return false }
func (m minting) Lock(ctx context.Context, key keystore.Key) (func(), error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return func() {}, m.b.Store.Put(ctx, key, keystore.Entry{
		Secret: keystore.NewSecret(someone.ServiceAccount + "#minted by another"), Issued: m.b.clock, Expires: m.b.clock.Add(time.Hour),
	})
}

// bench is a Cache on a clock that the test turns.
type bench struct {
	*Cache
	via     *via
	m       *mints
	clock   time.Time
	renewed int
}

func newBench(life time.Duration) *bench {
	b := &bench{clock: time.Unix(1_700_000_000, 0)}
	now := func() time.Time { return b.clock }
	b.m = &mints{life: life, now: now, print: "f"}
	b.via = &via{&locks{}}
	b.Cache = &Cache{
		Store: keystore.NewMemory(now), Minter: b.m, Now: now, Renew: func(Target) { b.renewed++ },
		Locks: func() (Locker, error) { return b.via, nil },
	}
	return b
}

var someone = Target{ServiceAccount: "a@p.iam.gserviceaccount.com", Token: Access, Issuer: Google, Source: Source{Fingerprint: "f"}}

func (b *bench) get(t *testing.T, want string) {
	t.Helper()
	b.answer(t, someone, want)
}

func (b *bench) answer(t *testing.T, who Target, want string) {
	t.Helper()
	got, err := b.Get(context.Background(), who)
	if err != nil || got.Secret.Reveal() != someone.ServiceAccount+"#"+want {
		t.Errorf("got %q, %v, want token %s", got.Secret.Reveal(), err, want)
	}
}
