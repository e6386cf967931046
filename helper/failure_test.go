package helper

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// all has n processes ask at once and returns what they got. The clock is that of
// the bubble.
func (b *bench) all(n int) (tokens []string, errs []error, took time.Duration) {
	b.Cache.Now, b.m.now = time.Now, time.Now
	tokens, errs = make([]string, n), make([]error, n)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			tok, err := b.Get(context.Background(), someone)
			tokens[i], errs[i] = tok.Secret.Reveal(), err
		})
	}
	wg.Wait()
	return tokens, errs, time.Since(start)
}

func timed(life time.Duration) *bench {
	b := newBench(life)
	b.Store = keystore.NewMemory(time.Now)
	b.m.delay = time.Second
	return b
}

// The API's verdict on an identity is told to all that wait for it, and to nobody
// who comes later.
func TestVerdictForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := timed(time.Hour)
		b.m.err = &Error{Op: "mint", Reason: "permission denied", Hint: "grant it", Code: "permission-denied"}
		_, errs, took := b.all(32)
		for _, err := range errs {
			if err == nil || err.Error() != "mint: permission denied; run: grant it" {
				t.Fatalf("got %v", err)
			}
		}
		if b.m.n != 1 || took > 2*time.Second {
			t.Errorf("%d mints in %v, want 1", b.m.n, took)
		}
		b.m.err = nil
		if tok, err := b.Get(context.Background(), someone); err != nil || tok.Secret.Empty() {
			t.Errorf("the verdict outlived those who waited: %v", err)
		}
	})
}

// A verdict on those who asked before is none on those who wait now.
func TestOldVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := timed(time.Hour)
		b.m.fail = func(n int) error {
			return map[int]error{
				1: &Error{Op: "mint", Reason: "permission denied", Code: "permission-denied"},
				2: &Error{Op: "mint", Reason: "my own trouble", Code: "core"},
			}[n]
		}
		b.all(1)
		time.Sleep(time.Second)
		_, errs, _ := b.all(3)
		for _, err := range errs {
			if err != nil && AsError(err).Code != "core" {
				t.Errorf("got %v", err)
			}
		}
		if b.m.n != 3 {
			t.Errorf("%d mints, want 3", b.m.n)
		}
	})
}

// A failure of one process's own is told to nobody: the next one makes the token for
// all.
func TestFailureOfOne(t *testing.T) {
	for _, code := range []string{"core", "unreachable", "open-files", "plugin-timeout", "bad-reply", "clock", "rate-limited", "federation", "vpc-sc"} {
		synctest.Test(t, func(t *testing.T) {
			b := timed(time.Hour)
			b.m.fail = func(n int) error {
				if n == 1 {
					return &Error{Op: "mint", Reason: "my own trouble", Code: code, Unreachable: code == "unreachable"}
				}
				return nil
			}
			tokens, errs, took := b.all(32)
			failures := 0
			for i, err := range errs {
				switch {
				case err != nil:
					failures++
				case tokens[i] != someone.ServiceAccount+"#2":
					t.Errorf("%s: got %q", code, tokens[i])
				}
			}
			if failures != 1 || b.m.n != 2 || took > 3*time.Second {
				t.Errorf("%s: %d failures, %d mints in %v, want one failure and two mints", code, failures, b.m.n, took)
			}
		})
	}
}

// What fails them all does not fail them one after the other.
func TestFailureOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := timed(time.Hour)
		b.m.err = &Error{Op: "mint", Reason: "connection refused", Code: "unreachable", Unreachable: true}
		_, errs, took := b.all(32)
		for _, err := range errs {
			if err == nil {
				t.Error("a token out of nothing")
			}
		}
		if took > 4*time.Second {
			t.Errorf("it took %v, and each mint a second", took)
		}
	})
}

// A plugin's verdict is its own: it may be another one, or in another environment,
// for the next process.
func TestVerdictOfPlugin(t *testing.T) {
	e := &Error{Code: "permission-denied"}
	plugin := someone
	plugin.Issuer = "ecr"
	if isVerdict(plugin, e) || !isVerdict(someone, e) {
		t.Error("a plugin's verdict is shared, or the API's is not")
	}
}

// Where the keystore does not keep the token nobody waits for it: those who find out
// together mint at once, and for a minute nobody waits at all.
func TestFullKeystore(t *testing.T) {
	for name, store := range map[string]func(keystore.Store) keystore.Store{
		"full":    func(s keystore.Store) keystore.Store { return failing{s, keystore.ErrQuota} },
		"too big": func(s keystore.Store) keystore.Store { return failing{s, keystore.ErrTooBig} },
		"locked":  func(s keystore.Store) keystore.Store { return failing{s, keystore.ErrLocked} },
		"late":    func(s keystore.Store) keystore.Store { return failing{s, keystore.ErrTimeout} },
	} {
		synctest.Test(t, func(t *testing.T) {
			b := timed(time.Hour)
			b.Store = store(b.Store)
			for i, limit := range []time.Duration{2 * time.Second, time.Second} {
				tokens, errs, took := b.all(24)
				for i, err := range errs {
					if err != nil || tokens[i] == "" {
						t.Errorf("%s: got %q, %v", name, tokens[i], err)
					}
				}
				if took > limit+100*time.Millisecond {
					t.Errorf("%s, time %d: it took %v, and each mint a second", name, i+1, took)
				}
			}
			why := map[string]error{"too big": keystore.ErrTooBig}[name]
			if why == nil {
				why = keystore.ErrQuota
			}
			if got := Unkept(b.via, someone, time.Now()); !errors.Is(got, why) {
				t.Errorf("%s: status would say %v", name, got)
			}
			time.Sleep(2 * time.Hour)
			if got := Unkept(b.via, someone, time.Now()); got != nil {
				t.Errorf("%s: status would still say %v", name, got)
			}
		})
	}
}

// failing is a Store that keeps nothing.
type failing struct {
	keystore.Store
	err error
}

func (f failing) Put(context.Context, keystore.Key, keystore.Entry) error { return f.err }

// A verdict that the keystore has no room for does not make them fail one after the
// other.
func TestVerdictWithoutRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := timed(time.Hour)
		b.Store = failing{b.Store, keystore.ErrQuota}
		b.m.err = &Error{Op: "mint", Reason: "permission denied", Code: "permission-denied"}
		if _, _, took := b.all(24); took > 3*time.Second {
			t.Errorf("it took %v, and each mint a second", took)
		}
	})
}

// unread is a Store that fails in every call.
type unread struct{ keystore.Store }

func (unread) Name() string { return "unread" }
func (unread) Get(context.Context, keystore.Key) (keystore.Entry, error) {
	return keystore.Entry{}, keystore.ErrTimeout
}
func (unread) Put(context.Context, keystore.Key, keystore.Entry) error { return keystore.ErrQuota }

// Nobody waits for what cannot be read.
func TestUnreadKeystore(t *testing.T) {
	b := newBench(time.Hour)
	b.Store = unread{}
	release, _, _ := b.via.TryLock(someone.Key())
	defer release()
	b.get(t, "1")
	b.get(t, "2")
}
