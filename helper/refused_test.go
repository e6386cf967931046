package helper

import (
	"context"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// TestForgetRefused: a refusal is believed, but a server (or a git) that refuses
// every Bearer token costs one mint a minute, not one for every command.
func TestForgetRefused(t *testing.T) {
	b := newBench(time.Hour)
	someone := someone
	someone.Token = ID
	get := func(n string) { t.Helper(); b.answer(t, someone, n) }
	refuse := func(n string) {
		t.Helper()
		if err := b.Forget(context.Background(), someone, keystore.NewSecret(someone.ServiceAccount+"#"+n)); err != nil {
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
	b.Locks = &locks{err: context.Canceled}
	b.clock = b.clock.Add(2 * time.Minute)
	refuse("4")
	get("5")
}

// TestForgetPassword: a refused password is given up each time.
func TestForgetPassword(t *testing.T) {
	b := newBench(time.Hour)
	for _, n := range []string{"1", "2", "3"} {
		b.get(t, n)
		if err := b.Forget(context.Background(), someone, keystore.NewSecret(someone.ServiceAccount+"#"+n)); err != nil {
			t.Fatal(err)
		}
	}
	b.get(t, "4")
}
