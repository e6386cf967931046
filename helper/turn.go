package helper

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// waitLimit is how long to wait for a process that mints: a mint takes at most
// 20 seconds, and one that is stopped or hangs must not stop others.
const waitLimit = 21 * time.Second

// Locker keeps processes that miss together from minting together.
type Locker interface {
	// Lock waits until the caller alone holds the entry's lock.
	Lock(ctx context.Context, key keystore.Key) (release func(), err error)
	// TryLock returns at once; ok is false when another process holds it.
	TryLock(key keystore.Key) (release func(), ok bool, err error)
	// Claim is true for one caller of all processes in each interval.
	Claim(key keystore.Key, every time.Duration, now time.Time) bool
}

// locks reports whether waiting for another process can be worth it: without a
// keystore it cannot leave a token.
func (c *Cache) locks() bool {
	return c.Locks != nil && c.Store.Name() != "none"
}

// turn is a place in the queue of those who mint one entry.
type turn struct {
	release func()
	// held says that no other process mints meanwhile; waited that one did, and
	// since when.
	held, waited bool
	since        time.Time
}

// lock takes the entry's lock, for which it waits as long as limit. Without the
// lock it mints anyway.
func (c *Cache) lock(ctx context.Context, key keystore.Key, limit time.Duration) turn {
	l := turn{release: func() {}, since: c.Now()}
	if !c.locks() {
		return l
	}
	release, ok, err := c.Locks.TryLock(key)
	if err == nil && !ok {
		c.Log.Printf("another process is minting; waiting")
		l.waited = true
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		release, err = c.Locks.Lock(ctx, key)
	}
	if err != nil {
		c.Log.Printf("no lock: %v", err)
		return l
	}
	l.held, l.release = true, release
	return l
}
