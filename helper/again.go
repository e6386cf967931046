package helper

import (
	"context"
	"encoding/hex"
	"time"

	"golang.org/x/crypto/blake2s"

	"github.com/credential-iam/credential-iam/keystore"
)

// againEvery is the shortest time between two tokens of one entry that are given up
// because a client asked again: a server that refuses every token would otherwise
// cost a mint for each request.
const againEvery = 30 * time.Second

// GetFor is Get for a client whose protocol has no word for a refused token. Such a
// client keeps what it gets until the time that it was told, and asks before that
// only if the server refused it. asker is what tells this one of its processes, and
// what it asks for, from all others: one that asks again for a token that it got
// gets a new one, at most once in half a minute for all of them. A token that
// another process has replaced meanwhile is a new one too.
func (c *Cache) GetFor(ctx context.Context, t Target, asker string) (Token, error) {
	l := c.locker()
	if l == nil || asker == "" || t.Source.Fingerprint == "" {
		return c.Get(ctx, t)
	}
	sum := blake2s.Sum256([]byte(string(t.Key()) + "\x00" + asker))
	asked := keystore.NewKey("asked", t.ServiceAccount, hex.EncodeToString(sum[:16]))
	last := l.Marked(asked)
	tok, err := c.again(ctx, t, l, last)
	if err == nil {
		if err := l.Mark(asked, c.Now()); err != nil {
			c.Log.Printf("%s: mark: %v", t.Asked(), err)
		}
	}
	return tok, err
}

// again returns a token that the asker has not got, where it asked last when it got
// one.
func (c *Cache) again(ctx context.Context, t Target, l Locker, last time.Time) (Token, error) {
	old, err := c.Store.Get(ctx, t.Key())
	if err != nil || last.IsZero() || old.Issued.After(last) || !c.fresh(old) || !l.Claim(beside(t, "again"), againEvery, c.Now()) {
		return c.Get(ctx, t)
	}
	c.Log.Printf("%s: asked for again before its time, so it was refused; forget %s", t.Asked(), t.Key())
	if err := c.Forget(ctx, t); err != nil {
		return Token{}, err
	}
	tok, err := c.Get(ctx, t)
	if err != nil {
		return c.orOld(err, &old, t) // perhaps it was not
	}
	return tok, nil
}
