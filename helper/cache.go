package helper

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// How long a token must still live to be answered without a new one. BuildKit
// keeps a helper's answer for up to ten minutes.
const minLeft = 10 * time.Minute

// refuseEvery is the shortest time between two refusals of fresh Bearer tokens
// of one entry that are believed. host.Git 2.46 to 2.53 calls such a token refused
// after a large push that never carried it; without a bound every push would
// cost a mint.
const refuseEvery = time.Minute

// renewEvery is the shortest time between two background renewals of an entry.
const renewEvery = 30 * time.Second

// leastLeft is how long a token must still be valid when it is answered because
// no other was made in time.
const leastLeft = 5 * time.Second

// Minter makes a fresh token for a target.
type Minter interface {
	Mint(ctx context.Context, t Target) (Token, error)
}

// Cache answers targets with tokens: from the keystore, or freshly minted on a
// miss, once for all processes that miss together.
type Cache struct {
	Store  keystore.Store
	Minter Minter
	// Locks may be nil: then no process waits for another.
	Locks Locker
	// Renew starts a renewal in the background; nil never renews.
	Renew func(t Target)
	Now   func() time.Time
	Log   Log
}

// Get returns a token for t that lives at least ten more minutes, or a quarter
// of its own life where that is shorter. A cached token that lives less is
// returned while it is valid if the API cannot be reached, and if another process
// has been minting until it has five seconds left.
//
// Nothing is cached of a source whose principal is not known (see [Source]): each
// call mints.
func (c *Cache) Get(ctx context.Context, t Target) (Token, error) {
	if t.Source.Fingerprint == "" {
		c.Log.Printf("%s: not cached: %s", t.Host, t.Source.Unshared)
		return c.Minter.Mint(ctx, t)
	}
	key := t.Key()
	old, err := c.Store.Get(ctx, key)
	c.Log.Printf("%s: keystore %s: %s: %s", t.Host, c.Store.Name(), key, outcome(err, old, c.Now()))
	if err == nil && c.fresh(old) {
		c.renewSoon(t, key, old)
		return token(old, t), nil
	}
	have := err == nil
	var l turn
	spare := false // the cached token outlives the wait
	if have || errors.Is(err, keystore.ErrNotFound) {
		limit := waitLimit
		if left := old.Expires.Sub(c.Now()) - leastLeft; have && left > 0 {
			spare, limit = true, min(limit, left)
		}
		l = c.lock(ctx, key, limit)
		defer l.release()
	}
	if l.held || l.waited {
		// Another process may have minted between the lookup and the lock.
		if e, err := c.Store.Get(ctx, key); err == nil && c.fresh(e) {
			c.Log.Printf("%s: another process minted it", t.Host)
			return token(e, t), nil
		}
	}
	if l.waited && !l.held && spare && c.Now().Before(old.Expires) {
		c.Log.Printf("%s: no process minted in time; answering the cached token", t.Host)
		return token(old, t), nil
	}
	if l.waited {
		if failed := c.failure(ctx, t, l.since); failed != nil {
			return c.orOld(failed, have, old, t)
		}
	}
	fresh, err := c.mint(ctx, t, key)
	if err != nil {
		if l.held {
			c.remember(ctx, t, err)
		}
		return c.orOld(err, have, old, t)
	}
	return fresh, nil
}

// Refresh mints a token for t if no other process does and the cached one is in
// the second half of its life. A failure leaves the cached one alone.
func (c *Cache) Refresh(ctx context.Context, t Target) error {
	if t.Source.Fingerprint == "" {
		return nil
	}
	key := t.Key()
	if c.Locks != nil {
		release, ok, err := c.Locks.TryLock(key)
		if err != nil || !ok {
			return err
		}
		defer release()
	}
	if e, err := c.Store.Get(ctx, key); err == nil && !secondHalf(e, c.Now()) {
		return nil
	}
	_, err := c.mint(ctx, t, key)
	if err != nil {
		c.remember(ctx, t, err)
	}
	return err
}

// Forget deletes the cached token of t. With a secret it does so only if that is
// the cached one: a client may reject what another helper answered. Of Bearer
// tokens that are less than a minute old it gives up one a minute: one that has
// just replaced a refused one is not to blame.
func (c *Cache) Forget(ctx context.Context, t Target, secret keystore.Secret) error {
	key := t.Key()
	if !secret.Empty() {
		e, err := c.Store.Get(ctx, key)
		if errors.Is(err, keystore.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if !e.Secret.Equal(secret) {
			return nil
		}
		if t.AsBearer(e.Bearer) && !c.believe(t, e) {
			c.Log.Printf("%s: refused, but it is as new as the last one that was; kept", t.Host)
			return nil
		}
	}
	c.Log.Printf("%s: forget %s", t.Host, key)
	return c.Store.Delete(ctx, key)
}

// believe reports whether a refusal of e is believed.
func (c *Cache) believe(t Target, e keystore.Entry) bool {
	now := c.Now()
	first := c.Locks == nil || c.Locks.Claim(beside(t, "refused"), refuseEvery, now)
	return first || now.Sub(e.Issued) >= refuseEvery
}

// mint mints and stores. A token that came from another source identity than
// the key says (the file changed in between) is answered but not kept.
func (c *Cache) mint(ctx context.Context, t Target, key keystore.Key) (Token, error) {
	start := c.Now()
	tok, err := c.Minter.Mint(ctx, t)
	if err != nil {
		return Token{}, err
	}
	c.Log.Printf("%s: minted in %s, expires %s", t.Host, c.Now().Sub(start).Round(time.Millisecond), tok.Expires.Format(time.RFC3339))
	if tok.Fingerprint != "" && tok.Fingerprint != t.Source.Fingerprint {
		c.Log.Printf("%s: the source identity changed while minting; not kept", t.Host)
		return tok, nil
	}
	err = c.Store.Put(ctx, key, keystore.Entry{
		Secret: tok.Secret, Issued: tok.Issued, Expires: tok.Expires, Username: tok.Username, Bearer: tok.Bearer,
	})
	if err != nil {
		c.Log.Printf("%s: keystore %s: not kept: %v", t.Host, c.Store.Name(), err)
	}
	if errors.Is(err, keystore.ErrTooBig) {
		note := keystore.Entry{Secret: keystore.NewSecret("too big"), Issued: tok.Issued, Expires: tok.Expires}
		_ = c.Store.Put(ctx, beside(t, "unkept"), note)
	}
	return tok, nil
}

// fresh reports whether a cached token is answered as it is.
func (c *Cache) fresh(e keystore.Entry) bool {
	return e.Expires.Sub(c.Now()) >= min(minLeft, e.Expires.Sub(e.Issued)/4)
}

func secondHalf(e keystore.Entry, now time.Time) bool {
	return now.Sub(e.Issued) > e.Expires.Sub(e.Issued)/2
}

// renewSoon starts a renewal of a token in the second half of its life, at most
// one in half a minute, or in an eighth of its life where that is shorter.
func (c *Cache) renewSoon(t Target, key keystore.Key, e keystore.Entry) {
	now := c.Now()
	if c.Renew == nil || c.Locks == nil || !secondHalf(e, now) {
		return
	}
	if c.Locks.Claim(key, min(renewEvery, e.Expires.Sub(e.Issued)/8), now) {
		c.Log.Printf("%s: renew in the background", t.Host)
		c.Renew(t)
	}
}

// orOld returns the cached token if it is still valid and err says that the API
// could not be reached, else the error.
func (c *Cache) orOld(err error, have bool, old keystore.Entry, t Target) (Token, error) {
	if have && AsError(err).Unreachable && c.Now().Before(old.Expires) {
		c.Log.Printf("%s: %v; answering the cached token", t.Host, err)
		return token(old, t), nil
	}
	return Token{}, err
}

// token returns a cached entry as a token.
func token(e keystore.Entry, t Target) Token {
	return Token{
		Secret: e.Secret, Issued: e.Issued, Expires: e.Expires, Username: e.Username, Bearer: e.Bearer,
		Fingerprint: t.Source.Fingerprint,
	}
}

// outcome says in a word how a look-up ended.
func outcome(err error, e keystore.Entry, now time.Time) string {
	if err != nil {
		return err.Error()
	}
	return "found, " + e.Expires.Sub(now).Round(time.Second).String() + " left"
}
