package helper

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// waitLimit is how long to wait for a process that mints: a mint takes at most 20
// seconds, and the time of a program that it runs. One that is stopped or hangs must
// not stop others.
const waitLimit = 21 * time.Second

// Locker is what the processes of a user agree by: keystore.Locks.
type Locker interface {
	// Lock waits until the caller alone holds the entry's lock.
	Lock(ctx context.Context, key keystore.Key) (release func(), err error)
	// TryLock returns at once; ok is false when another process holds it.
	TryLock(key keystore.Key) (release func(), ok bool, err error)
	// Share waits until no process excludes others, and keeps them from it.
	Share(ctx context.Context) (release func(), err error)
	// Exclude waits until no process shares, or excludes others.
	Exclude(ctx context.Context) (release func(), err error)
	// Claim is true for one caller of all processes in each interval.
	Claim(key keystore.Key, every time.Duration, now time.Time) bool
	// Mark says that something happened to key, and Marked when it did last: every
	// time is another than the one before, zero is never.
	Mark(key keystore.Key, now time.Time) error
	Marked(key keystore.Key) time.Time
}

// locker returns the locks, nil where there are none.
func (c *Cache) locker() Locker {
	c.once.Do(func() {
		if c.Locks == nil {
			return
		}
		l, err := c.Locks()
		if err != nil {
			c.Log.Printf("no locks: %v", err)
			return
		}
		c.locks = l
	})
	return c.locks
}

// inTurn mints when no other process does, and waits for one that does: it may
// leave a token, or the API's verdict. One that left neither has failed by itself,
// and the next takes its turn; after a second one all that wait go at once, so that
// what fails them all does not fail them one after the other. They also do where the
// keystore does not keep the token: then there is nothing to wait for.
func (c *Cache) inTurn(ctx context.Context, t Target, have *keystore.Entry) (Token, error) {
	l := c.locker()
	if l == nil || c.Store.Name() == "none" || c.unkept(t) != nil {
		return c.alone(ctx, t, have)
	}
	before := l.Marked(beside(t, goAlone))
	q := c.queue(ctx, l, t, have)
	defer func() { q.release() }()
	if q.held || q.waited {
		// Another process may have minted between the lookup and the lock.
		if e, err := c.Store.Get(ctx, t.Key()); err == nil && c.fresh(e) {
			c.Log.Printf("%s: another process minted it", t.Asked())
			return token(e, t), nil
		}
	}
	if q.waited {
		if !q.held && q.spare && c.left(*have) > 0 {
			c.Log.Printf("%s: no process minted in time; answering the cached token", t.Asked())
			return token(*have, t), nil
		}
		if verdict := c.verdict(ctx, t, q.since); verdict != nil {
			return c.orOld(verdict, have, t)
		}
		if l.Marked(beside(t, goAlone)) != before || c.unkept(t) != nil {
			q.release()
			q.release = func() {}
			return c.alone(ctx, t, have)
		}
	}
	tok, err := c.mint(ctx, t, nil)
	if err == nil {
		return tok, nil
	}
	if q.held {
		c.failed(ctx, t, err, q.waited)
	}
	return c.orOld(err, have, t)
}

// turn is a place in the queue of those who mint one entry.
type turn struct {
	release func()
	// held says that no other process mints meanwhile; waited that one did, and
	// since when; spare that the cached token outlives the wait.
	held, waited, spare bool
	since               time.Time
}

// queue takes the entry's lock, for which it waits for a while. Without the lock the
// caller mints anyway.
func (c *Cache) queue(ctx context.Context, l Locker, t Target, have *keystore.Entry) turn {
	q := turn{release: func() {}, since: c.Now()}
	limit := waitLimit + t.Source.Takes
	if have != nil && c.left(*have) > leastLeft {
		q.spare, limit = true, min(limit, c.left(*have)-leastLeft)
	}
	release, free, err := l.TryLock(t.Key())
	if err == nil && !free {
		c.Log.Printf("%s: another process is minting; waiting", t.Asked())
		q.waited = true
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		release, err = l.Lock(ctx, t.Key())
	}
	if err != nil {
		c.Log.Printf("%s: no lock: %v", t.Asked(), err)
		return q
	}
	q.held, q.release = true, release
	return q
}
