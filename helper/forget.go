package helper

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// What is forgotten stays forgotten, also by a process that is minting meanwhile. Who
// forgets marks that, and deletes, while nobody puts; who puts looks whether anything
// was marked since the mint began, while nobody forgets.

// everything is the mark of a purge.
const everything keystore.Key = "everything"

// forgetLimit is how long to wait for those that put or forget: a put takes at most a
// second. One that is stopped in the middle looks at the marks again afterwards.
const forgetLimit = 2 * time.Second

// refuseEvery is the shortest time between two refusals of fresh tokens of one entry
// that are believed. A server that refuses every token would cost a mint for every
// command, or in a client that tries again and again, for every turn of that; and git
// 2.46 to 2.53 calls a Bearer token refused after a large push that never carried it.
const refuseEvery = time.Minute

var (
	// errForgotten says that an entry was forgotten while its token was made.
	errForgotten = errors.New("forgotten meanwhile")
	// errOther says that a token is another identity's than the entry.
	errOther = errors.New("the source identity changed while minting")
)

// marks are when the entry of a target was forgotten last, and everything.
type marks struct{ entry, all time.Time }

func (c *Cache) forgotten(t Target) marks {
	l := c.locker()
	if l == nil {
		return marks{}
	}
	return marks{l.Marked(beside(t, "forgotten")), l.Marked(everything)}
}

// keep stores a token, unless it is another identity's (the source changed while it
// was made), or the entry was forgotten since before, or is not there any more to be
// renewed.
func (c *Cache) keep(ctx context.Context, t Target, tok Token, before marks, renews *keystore.Entry) error {
	if tok.Fingerprint != "" && tok.Fingerprint != t.Source.Fingerprint {
		return errOther
	}
	key := t.Key()
	forgotten := func() bool { return c.forgotten(t) != before }
	return put(ctx, c.locker(), c.Store, forgotten, key, keystore.Entry{
		Secret: tok.Secret, Issued: tok.Issued, Expires: tok.Expires, Username: tok.Username, Bearer: tok.Bearer,
	}, renews)
}

// put puts an entry, or instead of the one that it renews if that is still there.
func put(ctx context.Context, l Locker, s keystore.Store, forgotten func() bool, key keystore.Key, e keystore.Entry, renews *keystore.Entry) error {
	defer hold(ctx, l, Locker.Share)()
	if forgotten() {
		return errForgotten
	}
	if renews != nil {
		if old, err := s.Get(ctx, key); err != nil || !old.Secret.Equal(renews.Secret) {
			return errForgotten
		}
	}
	err := s.Put(ctx, key, e)
	if err == nil && forgotten() { // this process was stopped in the middle
		err = errors.Join(errForgotten, s.Delete(ctx, key))
	}
	return err
}

// hold holds the lock between those that put and those that forget, for a moment.
// One that is not free in time is done without.
func hold(ctx context.Context, l Locker, how func(Locker, context.Context) (func(), error)) (release func()) {
	if l == nil {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, forgetLimit)
	defer cancel()
	release, err := how(l, ctx)
	if err != nil {
		return func() {}
	}
	return release
}

// Forget deletes the cached token of t, because a person asks for that. Hosts that
// share a token forget it together.
func (c *Cache) Forget(ctx context.Context, t Target) error {
	defer hold(ctx, c.locker(), Locker.Exclude)()
	return c.forget(ctx, t)
}

// Refuse deletes the cached token of t, which a server refused. With a secret it does
// so only if that is the cached one: a client may reject what another helper answered.
// Of tokens that are less than a minute old it gives up one a minute: one that has
// just replaced a refused one is not to blame.
func (c *Cache) Refuse(ctx context.Context, t Target, secret keystore.Secret) error {
	defer hold(ctx, c.locker(), Locker.Exclude)()
	e, err := c.Store.Get(ctx, t.Key())
	switch {
	case errors.Is(err, keystore.ErrNotFound) && secret.Empty():
		e.Issued = c.Now() // one that is being made
	case errors.Is(err, keystore.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	switch {
	case !secret.Empty() && !e.Secret.Equal(secret):
		return nil
	case !c.believe(t, e):
		c.Log.Printf("%s: refused, but it is as new as the last one that was; kept", t.Asked())
		return nil
	}
	return c.forget(ctx, t)
}

func (c *Cache) forget(ctx context.Context, t Target) error {
	c.Log.Printf("%s: forget %s", t.Asked(), t.Key())
	c.mark(t, "forgotten")
	return c.Store.Delete(ctx, t.Key())
}

// believe reports whether a refusal of e is believed.
func (c *Cache) believe(t Target, e keystore.Entry) bool {
	now, l := c.Now(), c.locker()
	first := l == nil || l.Claim(beside(t, "refused"), refuseEvery, now)
	return first || now.Sub(e.Issued).Abs() >= refuseEvery
}

// ForgetAll runs purge, which deletes every entry, while no process puts one, and
// sees to it that none puts back what it began to make before. The locks are those
// that any process of the user may have.
func ForgetAll(ctx context.Context, all []Locker, now time.Time, purge func()) {
	for _, l := range all {
		defer hold(ctx, l, Locker.Exclude)()
		_ = l.Mark(everything, now)
	}
	purge()
}
