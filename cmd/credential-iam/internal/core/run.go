package core

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// Run is the pipeline of the adapters for a process that answers for as long as it
// lives. What the keystore does not keep it keeps itself, and it renews by itself: no
// process goes on after it. Nothing that somebody else has forgotten in the keystore
// comes back.
type Run struct {
	// Renews has Get renew a token that is due.
	Renews bool

	core Core
	// ctx bounds what is made for more than one who asks.
	ctx    context.Context
	unkept *keystore.Memory
}

// NewRun returns a Run until ctx ends.
func (c Core) NewRun(ctx context.Context) *Run {
	return &Run{core: c, ctx: ctx, unkept: keystore.NewMemory(c.Env.Now)}
}

// Get returns a token of t. It is made to the end even if who asks does not wait: it
// is there when they ask again.
func (r *Run) Get(t helper.Target) (helper.Token, error) {
	c := r.core.cache(r.ctx, t, nil)
	c.Store = &beside{Store: c.Store, unkept: r.unkept}
	if r.Renews {
		c.Renew = func(t helper.Target) { go r.renew(c, t) }
	}
	ctx, cancel := context.WithTimeout(r.ctx, mintBudget+waiting+t.Source.Takes)
	defer cancel()
	return c.Get(ctx, t)
}

// renew replaces a token that is still valid with a newer one.
func (r *Run) renew(c *helper.Cache, t helper.Target) {
	ctx, cancel := context.WithTimeout(r.ctx, mintBudget)
	defer cancel()
	if err := c.Refresh(ctx, t); err != nil {
		r.core.Env.Log.Printf("renew: %v", err)
	}
}

// waiting is how much longer an answer may take than a mint: another process may be
// minting.
const waiting = 10 * time.Second

// AtMost is how long Get takes at the most.
func (r *Run) AtMost(t helper.Target) time.Duration { return mintBudget + waiting + t.Source.Takes }

// Unkept returns the token of t that the keystore has not kept.
func (r *Run) Unkept(t helper.Target) (keystore.Entry, bool) {
	e, err := r.unkept.Get(r.ctx, t.Key())
	return e, err == nil
}

// Keep is given what another process's Unkept returned.
func (r *Run) Keep(t helper.Target, e keystore.Entry) { _ = r.unkept.Put(r.ctx, t.Key(), e) }

// beside is a keystore with what it has refused kept in memory.
type beside struct {
	keystore.Store
	unkept *keystore.Memory
}

// Name is not "none" where that keeps nothing: this keeps all.
func (b *beside) Name() string {
	if b.Store.Name() == "none" {
		return b.unkept.Name()
	}
	return b.Store.Name()
}

// Get returns the entry of the keystore, else the one that it refused.
func (b *beside) Get(ctx context.Context, key keystore.Key) (keystore.Entry, error) {
	e, err := b.Store.Get(ctx, key)
	if err == nil {
		return e, nil
	}
	if kept, errKept := b.unkept.Get(ctx, key); errKept == nil {
		return kept, nil
	}
	return e, err
}

// Put keeps the entry in memory exactly if the keystore does not.
func (b *beside) Put(ctx context.Context, key keystore.Key, e keystore.Entry) error {
	err := b.Store.Put(ctx, key, e)
	if err != nil || b.Store.Name() == "none" {
		return errors.Join(err, b.unkept.Put(ctx, key, e))
	}
	return b.unkept.Delete(ctx, key)
}

// Delete removes the entry from both.
func (b *beside) Delete(ctx context.Context, key keystore.Key) error {
	return errors.Join(b.unkept.Delete(ctx, key), b.Store.Delete(ctx, key))
}
