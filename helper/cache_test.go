package helper

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

func TestFreshness(t *testing.T) {
	for _, c := range []struct {
		life       time.Duration
		at         time.Duration // when the second get comes
		token      string
		background bool
	}{
		{time.Hour, 14 * time.Minute, "1", false}, // between a quarter and a half: TestDue
		{time.Hour, 31 * time.Minute, "1", true},
		{time.Hour, 50 * time.Minute, "1", true}, // ten minutes left
		{time.Hour, 50*time.Minute + time.Second, "2", false},
		{time.Hour, 2 * time.Hour, "2", false},
		{12 * time.Hour, 11*time.Hour + 49*time.Minute, "1", true},
		{20 * time.Minute, 15 * time.Minute, "1", true}, // a quarter left
		{20 * time.Minute, 15*time.Minute + time.Second, "2", false},
		{19 * time.Minute, 9 * time.Minute, "1", false}, // a short life: no point of its own
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

// Git keeps its answer through hooks and uploads: it gets a token with a third of its
// life left. An entry of the future is of nobody knows when.
func TestFreshnessOfClients(t *testing.T) {
	for _, c := range []struct {
		client host.Client
		life   time.Duration
		at     time.Duration
		token  string
	}{
		{host.Git, time.Hour, 40 * time.Minute, "1"},
		{host.Git, time.Hour, 40*time.Minute + time.Second, "2"},
		{host.Docker, time.Hour, 40*time.Minute + time.Second, "1"},
		{host.Git, 12 * time.Hour, 8 * time.Hour, "1"},
		{host.Git, 12 * time.Hour, 8*time.Hour + time.Second, "2"},
		{host.Git, 9 * time.Minute, 6 * time.Minute, "1"},
		{host.Git, 9 * time.Minute, 6*time.Minute + time.Second, "2"},
		{host.Docker, time.Hour, -time.Minute, "1"},
		{host.Docker, time.Hour, -time.Minute - time.Second, "2"},
	} {
		b := newBench(c.life)
		b.Client = c.client
		b.get(t, "1")
		b.clock = b.clock.Add(c.at)
		b.get(t, c.token)
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
	release, _, _ := b.via.TryLock(someone.Key())
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
	b.clock = b.clock.Add(5*time.Minute - 500*time.Millisecond)
	for range 2 { // in no whole second, and not at all
		if tok, err := b.Get(context.Background(), someone); err == nil {
			t.Errorf("an expired token was answered: %v left", tok.Expires.Sub(b.clock))
		}
		b.clock = b.clock.Add(500 * time.Millisecond)
	}
}

// Who waits for a renewal that hangs is answered before the old token dies.
func TestWaitEndsWithTheToken(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.via.Locker = busy{Locker: &locks{}}
	b.clock = b.clock.Add(time.Hour - leastLeft - 50*time.Millisecond)
	b.get(t, "1")
	if b.m.n != 1 {
		t.Errorf("%d mints beside one that runs, want none", b.m.n-1)
	}
}

// Who waits for a mint that hangs mints after the longest time that one may take.
func TestWaitEnds(t *testing.T) {
	for _, takes := range []time.Duration{0, 30 * time.Second} {
		b := newBench(time.Hour)
		p := &patient{Locker: &locks{}}
		b.via.Locker = p
		who := someone
		who.Source.Takes = takes
		earliest := time.Now().Add(takes + 20*time.Second)
		b.answer(t, who, "1")
		if latest := time.Now().Add(takes + 21*time.Second); p.until.Before(earliest) || p.until.After(latest) {
			t.Errorf("takes %v: it waits until %v, want %v to %v", takes, p.until, earliest, latest)
		}
	}
}

// A token that dies while it is answered is no answer: who finds one waits for
// the mint that runs, or mints.
func TestNoWaitForADyingToken(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.clock = b.clock.Add(time.Hour - time.Second)
	b.via.Locker = minting{&locks{}, b}
	b.get(t, "minted by another")
	b.clock = b.clock.Add(time.Hour - time.Second)
	b.via.Locker = &locks{}
	b.get(t, "2")
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

func TestNoLock(t *testing.T) {
	b := newBench(time.Hour)
	b.via.Locker = &locks{err: errors.New("read-only file system")}
	b.get(t, "1")
	b.get(t, "1")
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
	release, _, _ := b.via.TryLock(nobody.Key())
	b.answer(t, nobody, "1")
	b.answer(t, nobody, "2")
	release()
	if err := b.Refresh(context.Background(), nobody); err != nil {
		t.Error(err)
	}
	b.answer(t, nobody, "3")
	b.m.err = errors.New("no")
	if _, err := b.Get(context.Background(), nobody); err == nil {
		t.Error("no error")
	}
}

// A token that was made in the future was made before the clock was set back: nobody
// knows how long it is valid, and the keystore does not return it. Where the system
// does not tell its uptime, this is what is left to see it by.
func TestClockSetBack(t *testing.T) {
	b := newBench(time.Hour)
	b.get(t, "1")
	b.clock = b.clock.Add(-30 * time.Second) // as clocks differ
	b.get(t, "1")
	b.clock = b.clock.Add(-30 * time.Minute)
	b.get(t, "2")
}
