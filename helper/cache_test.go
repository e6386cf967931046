package helper

import (
	"context"
	"errors"
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
}

func (m *mints) Mint(_ context.Context, t Target) (Token, error) {
	time.Sleep(m.delay)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.n++
	if m.err != nil {
		return Token{}, m.err
	}
	now := m.now()
	return Token{
		Secret: keystore.NewSecret(t.ServiceAccount + "#" + strconv.Itoa(m.n)),
		Issued: now, Expires: now.Add(m.life), Fingerprint: m.print,
	}, nil
}

// locks is a Locker within one process.
type locks struct {
	mu     sync.Mutex
	held   map[keystore.Key]*sync.Mutex
	claims map[keystore.Key]time.Time
	err    error
}

func (l *locks) lock(key keystore.Key) *sync.Mutex {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil {
		l.held, l.claims = map[keystore.Key]*sync.Mutex{}, map[keystore.Key]time.Time{}
	}
	if l.held[key] == nil {
		l.held[key] = new(sync.Mutex)
	}
	return l.held[key]
}

func (l *locks) Lock(_ context.Context, key keystore.Key) (func(), error) {
	if l.err != nil {
		return nil, l.err
	}
	m := l.lock(key)
	m.Lock()
	return m.Unlock, nil
}

func (l *locks) TryLock(key keystore.Key) (func(), bool, error) {
	if l.err != nil {
		return nil, false, l.err
	}
	m := l.lock(key)
	if !m.TryLock() {
		return nil, false, nil
	}
	return m.Unlock, true, nil
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

// bench is a Cache on a clock that the test turns.
type bench struct {
	*Cache
	m       *mints
	clock   time.Time
	renewed int
}

func newBench(life time.Duration) *bench {
	b := &bench{clock: time.Unix(1_700_000_000, 0)}
	now := func() time.Time { return b.clock }
	b.m = &mints{life: life, now: now, print: "f"}
	b.Cache = &Cache{Store: keystore.NewMemory(now), Minter: b.m, Locks: &locks{}, Now: now, Renew: func(Target) { b.renewed++ }}
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

func TestFreshness(t *testing.T) {
	for _, c := range []struct {
		life       time.Duration
		at         time.Duration // when the second get comes
		token      string
		background bool
	}{
		{time.Hour, 29 * time.Minute, "1", false},
		{time.Hour, 31 * time.Minute, "1", true},
		{time.Hour, 50 * time.Minute, "1", true}, // ten minutes left
		{time.Hour, 50*time.Minute + time.Second, "2", false},
		{time.Hour, 2 * time.Hour, "2", false},
		{12 * time.Hour, 11*time.Hour + 49*time.Minute, "1", true},
		{20 * time.Minute, 15 * time.Minute, "1", true}, // a quarter left
		{20 * time.Minute, 15*time.Minute + time.Second, "2", false},
		{8 * time.Second, 3 * time.Second, "1", false},
		{8 * time.Second, 5 * time.Second, "1", true},
		{8 * time.Second, 7 * time.Second, "2", false},
	} {
		b := newBench(c.life)
		b.get(t, "1")
		b.clock = b.clock.Add(c.at)
		b.get(t, c.token)
		if (b.renewed > 0) != c.background {
			t.Errorf("life %s, after %s: renewed %d times, want renewal: %v", c.life, c.at, b.renewed, c.background)
		}
	}
}

func TestRenewalRate(t *testing.T) {
	for life, want := range map[time.Duration]int{time.Hour: 10, 80 * time.Second: 2} {
		b := newBench(life)
		b.get(t, "1")
		b.clock = b.clock.Add(life/2 + time.Second)
		for range min(300, int(life.Seconds()/4)-1) {
			b.get(t, "1")
			b.clock = b.clock.Add(time.Second)
		}
		if b.renewed != want {
			t.Errorf("life %s: %d renewals, want %d", life, b.renewed, want)
		}
	}
}

func TestRefresh(t *testing.T) {
	ctx := context.Background()
	b := newBench(time.Hour)
	b.get(t, "1")
	if err := b.Refresh(ctx, someone); err != nil || b.m.n != 1 {
		t.Errorf("a young token was renewed: %d mints, %v", b.m.n, err)
	}
	b.clock = b.clock.Add(40 * time.Minute)
	b.m.err = errors.New("down")
	if err := b.Refresh(ctx, someone); err == nil {
		t.Error("a failed renewal told nothing")
	}
	b.get(t, "1")
	b.m.err = nil
	if err := b.Refresh(ctx, someone); err != nil {
		t.Error(err)
	}
	b.get(t, "3")
	release, _, _ := b.Locks.TryLock(someone.Key())
	b.clock = b.clock.Add(40 * time.Minute)
	if err := b.Refresh(ctx, someone); err != nil || b.m.n != 3 {
		t.Errorf("renewed beside a running mint: %d mints, %v", b.m.n, err)
	}
	release()
}

func TestUnreachable(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.clock = b.clock.Add(55 * time.Minute) // valid, but no longer fresh
	b.m.err = &Error{Op: "mint", Reason: "connection refused", Unreachable: true}
	b.get(t, "1")
	b.m.err = &Error{Op: "mint", Reason: "permission denied"}
	if _, err := b.Get(context.Background(), someone); err == nil {
		t.Error("a denied identity was answered from the cache")
	}
	b.m.err = &Error{Op: "mint", Reason: "connection refused", Unreachable: true}
	b.clock = b.clock.Add(5 * time.Minute)
	if tok, err := b.Get(context.Background(), someone); err == nil {
		t.Errorf("an expired token was answered: %v left", tok.Expires.Sub(b.clock))
	}
}

// busy is a Locker whose lock another process never gives back.
type busy struct{ *locks }

func (busy) TryLock(keystore.Key) (func(), bool, error) { return nil, false, nil }
func (busy) Lock(ctx context.Context, _ keystore.Key) (func(), error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Who waits for a renewal that hangs is answered before the old token dies.
func TestWaitEndsWithTheToken(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.Locks = busy{}
	b.clock = b.clock.Add(time.Hour - leastLeft - 50*time.Millisecond)
	b.get(t, "1")
	if b.m.n != 1 {
		t.Errorf("%d mints beside one that runs, want none", b.m.n-1)
	}
}

// A token that dies while it is answered is no answer: who finds one waits for
// the mint that runs, or mints.
func TestNoWaitForADyingToken(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.clock = b.clock.Add(time.Hour - time.Second)
	b.Locks = minting{b}
	b.get(t, "minted by another")
	b.clock = b.clock.Add(time.Hour - time.Second)
	b.Locks = &locks{}
	b.get(t, "2")
}

// minting is a Locker whose lock is held until another process has minted.
type minting struct{ b *bench }

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

// A renewal that failed is not tried again by those who waited for it.
func TestFailedRenewalIsTold(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.clock = b.clock.Add(55 * time.Minute)
	b.m.err = &Error{Op: "mint", Reason: "no answer", Unreachable: true}
	if err := b.Refresh(context.Background(), someone); err == nil {
		t.Fatal("the renewal did not fail")
	}
	if err := b.failure(context.Background(), someone, b.clock); err == nil {
		t.Error("nobody is told of the failure")
	}
}

func TestOneMintForAll(t *testing.T) {
	b := newBench(time.Hour)
	b.m.delay = 20 * time.Millisecond
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() { b.get(t, "1") })
	}
	wg.Wait()
	if b.m.n != 1 {
		t.Errorf("%d mints, want 1", b.m.n)
	}
}

func TestOneFailureForAll(t *testing.T) {
	b := newBench(time.Hour)
	b.Cache.Now, b.m.now = time.Now, time.Now
	b.Cache.Store = keystore.NewMemory(time.Now)
	b.m.delay, b.m.err = 50*time.Millisecond, &Error{Op: "mint", Reason: "permission denied", Hint: "grant it"}
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			if _, err := b.Get(context.Background(), someone); err == nil || err.Error() != "mint: permission denied; run: grant it" {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if b.m.n != 1 {
		t.Errorf("%d mints failed for those who waited together, want 1", b.m.n)
	}
	b.m.err = nil
	if tok, err := b.Get(context.Background(), someone); err != nil || tok.Secret.Empty() {
		t.Errorf("the failure outlived those who waited: %v", err)
	}
}

func TestNoLock(t *testing.T) {
	b := newBench(time.Hour)
	b.Locks = &locks{err: errors.New("read-only file system")}
	b.get(t, "1")
	b.get(t, "1")
}

// broken is a Store that fails in every call.
type broken struct{ keystore.Store }

func (broken) Name() string { return "broken" }
func (broken) Get(context.Context, keystore.Key) (keystore.Entry, error) {
	return keystore.Entry{}, keystore.ErrTimeout
}
func (broken) Put(context.Context, keystore.Key, keystore.Entry) error { return keystore.ErrQuota }

// Nobody waits for what a store that fails would not hold anyway.
func TestBrokenKeystore(t *testing.T) {
	b := newBench(time.Hour)
	b.Store = broken{}
	release, _, _ := b.Locks.TryLock(someone.Key())
	defer release()
	b.get(t, "1")
	b.get(t, "2")
}

// small is a Store that holds no token, only what is said about one.
type small struct{ keystore.Store }

func (s small) Put(ctx context.Context, key keystore.Key, e keystore.Entry) error {
	if len(e.Secret.Reveal()) > 10 {
		return keystore.ErrTooBig
	}
	return s.Store.Put(ctx, key, e)
}

func TestTooBigIsTold(t *testing.T) {
	b := newBench(time.Hour)
	b.Store = small{b.Store}
	if Unkept(context.Background(), b.Store, someone) {
		t.Error("told before it was tried")
	}
	b.get(t, "1")
	b.get(t, "2")
	if !Unkept(context.Background(), b.Store, someone) {
		t.Error("a token that is too big to keep is told nowhere")
	}
}

func TestIdentityChangedWhileMinting(t *testing.T) {
	b := newBench(time.Hour)
	b.m.print = "another"
	b.get(t, "1")
	b.get(t, "2") // the first was not kept under the name of this identity
}

// untouched is a Store that nobody may look at.
type untouched struct {
	keystore.Store
	t *testing.T
}

func (u untouched) Get(context.Context, keystore.Key) (keystore.Entry, error) {
	u.t.Error("the store was asked")
	return keystore.Entry{}, keystore.ErrNotFound
}

func (u untouched) Put(context.Context, keystore.Key, keystore.Entry) error {
	u.t.Error("something was stored")
	return nil
}

// TestUnknownPrincipal: of a source without a fingerprint nothing is cached, not
// even a failure, and nobody waits for anybody.
func TestUnknownPrincipal(t *testing.T) {
	b := newBench(time.Hour)
	b.Store = untouched{b.Store, t}
	nobody := someone
	nobody.Source = Source{Kind: "file", Unshared: "a program says who it is"}
	release, _, _ := b.Locks.TryLock(nobody.Key())
	defer release()
	b.answer(t, nobody, "1")
	b.answer(t, nobody, "2")
	if err := b.Refresh(context.Background(), nobody); err != nil {
		t.Error(err)
	}
	b.answer(t, nobody, "3")
	b.m.err = errors.New("no")
	if _, err := b.Get(context.Background(), nobody); err == nil {
		t.Error("no error")
	}
}

func TestForget(t *testing.T) {
	ctx := context.Background()
	b := newBench(time.Hour)
	b.get(t, "1")
	if err := b.Forget(ctx, someone, keystore.NewSecret("another helper's")); err != nil {
		t.Fatal(err)
	}
	b.get(t, "1")
	if err := b.Forget(ctx, someone, keystore.NewSecret(someone.ServiceAccount+"#1")); err != nil {
		t.Fatal(err)
	}
	b.get(t, "2")
	if err := b.Forget(ctx, someone, keystore.Secret{}); err != nil {
		t.Fatal(err)
	}
	b.get(t, "3")
	other := someone
	other.ServiceAccount = "b@p.iam.gserviceaccount.com"
	if err := b.Forget(ctx, other, keystore.Secret{}); err != nil {
		t.Fatal(err)
	}
	b.get(t, "3")
}
