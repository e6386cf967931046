package helper

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

func TestForget(t *testing.T) {
	ctx := context.Background()
	b := newBench(time.Hour)
	forget := func(who Target, secret string) {
		t.Helper()
		if err := b.Refuse(ctx, who, keystore.NewSecret(secret)); err != nil {
			t.Fatal(err)
		}
	}
	b.get(t, "1")
	forget(someone, "another helper's")
	b.get(t, "1")
	forget(someone, someone.ServiceAccount+"#1")
	b.get(t, "2")
	if err := b.Forget(ctx, someone); err != nil { // whatever it is, and however new
		t.Fatal(err)
	}
	b.get(t, "3")
	b.clock = b.clock.Add(2 * refuseEvery)
	forget(someone, "") // who does not say which one
	b.get(t, "4")
	other := someone
	other.ServiceAccount = "b@p.iam.gserviceaccount.com"
	forget(other, "")
	b.get(t, "4")
}

// Hosts that share a token forget it together.
func TestForgetShared(t *testing.T) {
	b := newBench(time.Hour)
	one, two := someone, someone
	one.Host, two.Host = "one.example.com", "two.example.com"
	b.answer(t, one, "1")
	b.answer(t, two, "1")
	if err := b.Refuse(context.Background(), one, keystore.NewSecret(someone.ServiceAccount+"#1")); err != nil {
		t.Fatal(err)
	}
	b.answer(t, two, "2")
	b.answer(t, one, "2")
}

// TestForgetRefused: a refusal is believed, but a server (or a git) that refuses
// every token costs one mint a minute, not one for every command.
func TestForgetRefused(t *testing.T) {
	for _, kind := range []Kind{Access, ID, JWT} {
		t.Run(string(kind), func(t *testing.T) { forgetRefused(t, kind, true) })
		t.Run(string(kind)+" without a password", func(t *testing.T) { forgetRefused(t, kind, false) })
	}
}

func forgetRefused(t *testing.T, kind Kind, said bool) {
	b := newBench(time.Hour)
	someone := someone
	someone.Token = kind
	get := func(n string) { t.Helper(); b.answer(t, someone, n) }
	refuse := func(n string) {
		t.Helper()
		secret := someone.ServiceAccount + "#" + n
		if !said {
			secret = ""
		}
		if err := b.Refuse(context.Background(), someone, keystore.NewSecret(secret)); err != nil {
			t.Fatal(err)
		}
	}
	get("1")
	refuse("1")
	get("2") // at once
	for range 50 {
		refuse("2")
		b.clock = b.clock.Add(time.Second)
		get("2")
	}
	b.clock = b.clock.Add(10 * time.Second)
	refuse("2")
	get("3")
	refuse("3")
	get("3")

	// One that has been good for a while is given up whenever it is refused.
	b.clock = b.clock.Add(59 * time.Second)
	refuse("3")
	get("3")
	b.clock = b.clock.Add(time.Second)
	refuse("3")
	get("4")

	// Without locks nothing can be counted, and a new token is kept until it is a
	// minute old.
	b.via.Locker = &locks{err: context.Canceled}
	b.clock = b.clock.Add(2 * time.Minute)
	refuse("4")
	get("5")
}

// What is forgotten while a token is made is not put back, whoever makes it; what
// begins afterwards is kept.
func TestForgottenWhileMinting(t *testing.T) {
	ctx := context.Background()
	forget := func(b *bench) {
		if err := b.Forget(ctx, someone); err != nil {
			t.Error(err)
		}
	}
	purge := func(b *bench) {
		ForgetAll(ctx, []Locker{b.via}, b.clock, func() { _, _ = keystore.Purge(ctx, b.Store) })
	}
	other := func(b *bench) { // forgotten, and made again by another process
		forget(b)
		e := keystore.Entry{Secret: keystore.NewSecret("newer"), Issued: b.clock, Expires: b.clock.Add(time.Hour)}
		if err := b.Store.Put(ctx, someone.Key(), e); err != nil {
			t.Error(err)
		}
	}
	for name, c := range map[string]struct {
		meanwhile func(*bench)
		noLocks   bool
		want      string
	}{
		"forget": {forget, false, ""}, "purge": {purge, false, ""}, "forget and mint": {other, false, "newer"},
		"another's entry": {func(b *bench) {
			otherOne := someone
			otherOne.ServiceAccount = "b@p.iam.gserviceaccount.com"
			if err := b.Forget(ctx, otherOne); err != nil {
				t.Error(err)
			}
		}, false, "minted"},
		"deleted, without locks":  {func(b *bench) { _ = b.Store.Delete(ctx, someone.Key()) }, true, ""},
		"replaced, without locks": {other, true, "newer"},
	} {
		for _, renewal := range []bool{false, true} {
			if c.noLocks && !renewal {
				continue
			}
			b := newBench(time.Hour)
			if c.noLocks {
				b.Locks = nil
			}
			if renewal {
				b.get(t, "1")
				b.clock = b.clock.Add(40 * time.Minute)
			}
			b.m.during = func() { c.meanwhile(b) }
			var err error
			if renewal {
				err = b.Refresh(ctx, someone)
			} else {
				_, err = b.Get(ctx, someone)
			}
			if err != nil {
				t.Fatal(err)
			}
			b.m.during = nil
			got := ""
			if e, err := b.Store.Get(ctx, someone.Key()); err == nil {
				if got = e.Secret.Reveal(); got != "newer" {
					got = "minted"
				}
			}
			if got != c.want {
				t.Errorf("%s, renewal %v: kept is %q, want %q", name, renewal, got, c.want)
			}
			forget(b)
			if _, err := b.Get(ctx, someone); err != nil {
				t.Error(err)
			}
			if _, err := b.Store.Get(ctx, someone.Key()); err != nil {
				t.Errorf("%s, renewal %v: what is minted afterwards is not kept: %v", name, renewal, err)
			}
		}
	}
}

// A renewal of what is not there any more makes nothing.
func TestRefreshForgotten(t *testing.T) {
	b := newBench(time.Hour)
	if err := b.Refresh(context.Background(), someone); err != nil || b.m.n != 0 {
		t.Errorf("%d mints, %v", b.m.n, err)
	}
}

// A process that was stopped in the middle of a put does not put back either.
func TestForgottenWhilePutting(t *testing.T) {
	ctx := context.Background()
	b := newBench(time.Hour)
	b.Store = &slowPut{b.Store, func() { _ = b.via.Mark(beside(someone, "forgotten"), b.clock) }}
	b.get(t, "1")
	if e, err := b.Store.Get(ctx, someone.Key()); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("kept: %v, %v", e, err)
	}
}

// slowPut is a Store whose puts take so long that something happens before.
type slowPut struct {
	keystore.Store
	before func()
}

func (s *slowPut) Put(ctx context.Context, key keystore.Key, e keystore.Entry) error {
	s.before()
	return s.Store.Put(ctx, key, e)
}

// The token of a source identity that was asked for before a purge is not put back
// after it.
func TestGuard(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	l, m := &locks{}, keystore.NewMemory(time.Now)
	purge := func() { ForgetAll(ctx, []Locker{l}, now, func() { _, _ = keystore.Purge(ctx, m) }) }
	e := keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}
	g := Guard(m, l)
	kept := func(key keystore.Key) bool { _, err := m.Get(ctx, key); return err == nil }

	_, _ = g.Get(ctx, "v1/source/a/1")
	if err := g.Put(ctx, "v1/source/a/1", e); err != nil || !kept("v1/source/a/1") {
		t.Errorf("not kept: %v", err)
	}
	_, _ = g.Get(ctx, "v1/source/a/2")
	purge()
	for _, key := range []keystore.Key{"v1/source/a/1", "v1/source/a/2", "v1/source/a/3"} {
		if err := g.Put(ctx, key, e); err == nil || kept(key) {
			t.Errorf("%s is back after the purge: %v", key, err)
		}
	}
	_, _ = g.Get(ctx, "v1/source/a/2")
	if err := g.Put(ctx, "v1/source/a/2", e); err != nil || !kept("v1/source/a/2") {
		t.Errorf("not kept any more: %v", err)
	}
	if Guard(m, nil) != keystore.Store(m) {
		t.Error("without locks there is nothing to guard by")
	}
}
