package helper

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// A process that asks again before its time was refused, and gets a new token, once
// in half a minute; others get what is cached.
func TestGetFor(t *testing.T) {
	b := newBench(time.Hour)
	ask := func(asker, want string) {
		t.Helper()
		got, err := b.GetFor(context.Background(), someone, asker)
		if err != nil || got.Secret.Reveal() != someone.ServiceAccount+"#"+want {
			t.Errorf("%s: got %q, %v, want token %s", asker, got.Secret.Reveal(), err, want)
		}
	}
	ask("a", "1")
	ask("b", "1")
	b.get(t, "1") // who says nothing of itself never counts as refused
	ask("", "1")
	ask("", "1")
	b.clock = b.clock.Add(time.Minute)
	ask("a", "2")
	ask("b", "2") // for which this is a new one
	ask("b", "2") // refused too, but too soon
	ask("a", "2")
	b.clock = b.clock.Add(29 * time.Second)
	ask("a", "2")
	b.clock = b.clock.Add(time.Second)
	ask("a", "3")
	ask("c", "3")
	for range 400 { // a server that refuses every token
		b.clock = b.clock.Add(time.Second)
		if _, err := b.GetFor(context.Background(), someone, "d"); err != nil {
			t.Fatal(err)
		}
	}
	if b.m.n > 3+400/30+1 {
		t.Errorf("%d mints in 400 seconds", b.m.n)
	}
}

// One that comes back when its time is over gets what anybody would get.
func TestGetForInTime(t *testing.T) {
	b := newBench(time.Hour)
	for i := range 5 {
		if _, err := b.GetFor(context.Background(), someone, "a"); err != nil {
			t.Fatal(err)
		}
		if b.m.n != i+1 {
			t.Errorf("%d mints after %d hours", b.m.n, i)
		}
		b.clock = b.clock.Add(59 * time.Minute)
	}
}

// What may have been refused is better than nothing where no other is to be had.
func TestGetForUnreachable(t *testing.T) {
	b := newBench(time.Hour)
	first, err := b.GetFor(context.Background(), someone, "a")
	if err != nil {
		t.Fatal(err)
	}
	b.m.err = &Error{Who: User, Op: "mint", Unreachable: true}
	if got, err := b.GetFor(context.Background(), someone, "a"); err != nil || !got.Secret.Equal(first.Secret) {
		t.Errorf("unreachable: %v, %v", got, err)
	}
	b.clock = b.clock.Add(time.Minute)
	b.m.err = &Error{Who: Admin, Op: "mint"}
	if got, err := b.GetFor(context.Background(), someone, "a"); err == nil {
		t.Errorf("denied: %v", got)
	}
}

func TestGetForWithoutLocks(t *testing.T) {
	b := newBench(time.Hour)
	b.Locks = func() (Locker, error) { return nil, errors.New("no folder") }
	for range 3 {
		if got, err := b.GetFor(context.Background(), someone, "a"); err != nil || !got.Secret.Equal(keystore.NewSecret(someone.ServiceAccount+"#1")) {
			t.Errorf("%v, %v", got, err)
		}
	}
}
