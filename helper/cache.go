package helper

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/keystore"
)

// Minter makes a fresh token for a target.
type Minter interface {
	Mint(ctx context.Context, t Target) (Token, error)
}

// Cache answers targets with tokens: from the keystore, or freshly minted on a
// miss, once for all processes that miss together.
type Cache struct {
	Store  keystore.Store
	Minter Minter
	// Client is what asks.
	Client host.Client
	// Locks opens what the processes of a user agree by. It is called at most once,
	// and not for a fresh token; without locks no process waits for another.
	Locks func() (Locker, error)
	// Renew starts a renewal in the background; nil never renews.
	Renew func(t Target)
	Now   func() time.Time
	Log   Log

	once  sync.Once
	locks Locker
}

// Get returns a token for t that is fresh: it lives at least ten more minutes, or a
// quarter of its own life where that is shorter; for git, a third. A cached token
// that lives less is returned while it is valid if the API cannot be reached, and if
// another process has been minting until it has five seconds left.
//
// Nothing is cached of a source whose principal is not known (see [Source]): each
// call mints.
func (c *Cache) Get(ctx context.Context, t Target) (Token, error) {
	if t.Source.Fingerprint == "" {
		c.Log.Printf("%s: not cached: %s", t.Asked(), t.Source.Unshared)
		return c.Minter.Mint(ctx, t)
	}
	key := t.Key()
	old, err := c.Store.Get(ctx, key)
	if c.Log != nil { // or its words would be made for nobody
		c.Log.Printf("%s: keystore %s: %s: %s", t.Asked(), c.Store.Name(), key, c.outcome(err, old))
	}
	if err == nil && c.fresh(old) {
		c.renewSoon(t, key, old)
		return token(old, t), nil
	}
	var have *keystore.Entry
	if err == nil && c.left(old) > 0 {
		have = &old
	}
	if err != nil && !errors.Is(err, keystore.ErrNotFound) {
		return c.alone(ctx, t, have) // what cannot be read is not worth a wait
	}
	return c.inTurn(ctx, t, have)
}

// alone mints for this process, beside others that may do so too.
func (c *Cache) alone(ctx context.Context, t Target, have *keystore.Entry) (Token, error) {
	tok, err := c.mint(ctx, t, nil)
	if err != nil {
		return c.orOld(err, have, t)
	}
	return tok, nil
}

// Refresh mints a token for t if the cached one is due to be renewed
// and no other process does. Where none is cached there is nothing to renew: it was
// forgotten. A failure leaves the cached one alone.
func (c *Cache) Refresh(ctx context.Context, t Target) error {
	if t.Source.Fingerprint == "" {
		return nil
	}
	key := t.Key()
	if l := c.locker(); l != nil {
		release, ok, err := l.TryLock(key)
		if err != nil || !ok {
			return err
		}
		defer release()
	}
	e, err := c.Store.Get(ctx, key)
	if err != nil || !c.due(e) {
		return nil //nolint:nilerr // nobody waits for a renewal
	}
	_, err = c.mint(ctx, t, &e)
	if err != nil {
		c.failed(ctx, t, err, false)
	}
	return err
}

// mint mints and stores. A renewal says which entry it renews.
func (c *Cache) mint(ctx context.Context, t Target, renews *keystore.Entry) (Token, error) {
	start := c.Now()
	before := c.forgotten(t)
	tok, err := c.Minter.Mint(ctx, t)
	if err != nil {
		return Token{}, err
	}
	c.Log.Printf("%s: minted in %s, expires %s", t.Asked(), c.Now().Sub(start).Round(time.Millisecond), tok.Expires.Format(time.RFC3339))
	if err := c.keep(ctx, t, tok, before, renews); err != nil {
		c.Log.Printf("%s: keystore %s: not kept: %v", t.Asked(), c.Store.Name(), err)
		c.notKept(t, err)
	}
	return tok, nil
}

// orOld returns the cached token if it is still valid and err says that the API
// could not be reached, else the error.
func (c *Cache) orOld(err error, have *keystore.Entry, t Target) (Token, error) {
	if have != nil && AsError(err).Unreachable && c.left(*have) >= usable {
		c.Log.Printf("%s: %v; answering the cached token", t.Asked(), err)
		return token(*have, t), nil
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
func (c *Cache) outcome(err error, e keystore.Entry) string {
	if err != nil {
		return err.Error()
	}
	return "found, " + c.left(e).Round(time.Second).String() + " left"
}
