package keystore

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// fakeVault hangs, panics or lies.
type fakeVault struct {
	calls atomic.Int32
	do    func(ctx context.Context) (string, error)
}

func (f *fakeVault) run(ctx context.Context) (string, error) { f.calls.Add(1); return f.do(ctx) }

func (f *fakeVault) check(ctx context.Context) error { _, err := f.run(ctx); return err }
func (f *fakeVault) get(ctx context.Context, _, _ string) (string, error) {
	return f.run(ctx)
}
func (f *fakeVault) set(ctx context.Context, _, _, _ string) error { return nil }
func (f *fakeVault) remove(ctx context.Context, _, _ string) error { _, err := f.run(ctx); return err }
func (f *fakeVault) list(ctx context.Context, _ string) ([]string, error) {
	_, err := f.run(ctx)
	return nil, err
}

func fakeKeyring(v vault, read time.Duration) *keyring {
	return &keyring{vault: v, clock: clock{now: time.Now}, getenv: func(string) string { return "" }, read: read, write: read}
}

// A vault that ignores its ctx is left behind at the deadline, and never asked
// again.
func TestKeyringDeadline(t *testing.T) {
	v := &fakeVault{do: func(context.Context) (string, error) { select {} }}
	k := fakeKeyring(v, 20*time.Millisecond)
	start := time.Now()
	for range 3 {
		if _, err := k.Get(context.Background(), "v1/a/b/c"); !errors.Is(err, ErrTimeout) {
			t.Errorf("got %v", err)
		}
	}
	if d := time.Since(start); d > time.Minute || !TimedOut(Choice{Store: k}) || v.calls.Load() != 1 {
		t.Errorf("%v, %d calls", d, v.calls.Load())
	}
}

// The caller's own ctx ends a call without condemning the store.
func TestKeyringCallersDeadline(t *testing.T) {
	v := &fakeVault{do: func(ctx context.Context) (string, error) { <-ctx.Done(); return "", ctx.Err() }}
	k := fakeKeyring(v, time.Minute)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := k.Get(ctx, "v1/a/b/c"); !errors.Is(err, context.DeadlineExceeded) || k.TimedOut() {
		t.Errorf("got %v, timed out %v", err, k.TimedOut())
	}
}

// go-keyring panics where a service answers with another type.
func TestKeyringPanic(t *testing.T) {
	v := &fakeVault{do: func(context.Context) (string, error) { panic("interface conversion") }}
	if _, err := fakeKeyring(v, time.Minute).Get(context.Background(), "v1/a/b/c"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// A vault that keeps the old item although it said yes is found out; one that was
// written to by another process meanwhile is not blamed.
func TestKeyringVerify(t *testing.T) {
	now := time.Now()
	record := func(secret string, age time.Duration) string {
		b, err := clock{now: time.Now}.encode("v1/a/b/c", Entry{Secret: NewSecret(secret), Issued: now.Add(-age), Expires: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, c := range []struct {
		name, kept string
		ok         bool
	}{
		{"same", record("new", 0), true}, {"another process's", record("other", time.Second), true},
		{"old", record("old", 30*time.Minute), false}, {"garbage", "x", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := fakeKeyring(&fakeVault{do: func(context.Context) (string, error) { return c.kept, nil }}, time.Minute)
			err := k.Put(context.Background(), "v1/a/b/c", Entry{Secret: NewSecret("new"), Issued: now, Expires: now.Add(time.Hour)})
			if (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
	i := Identities{fakeKeyring(&fakeVault{do: func(context.Context) (string, error) { return "old", nil }}, time.Minute)}
	if err := i.Add(context.Background(), "work", NewSecret("new")); !errors.Is(err, ErrUnavailable) {
		t.Errorf("Identities.Add of a lying vault: %v", err)
	}
}
