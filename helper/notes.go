package helper

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// failureLife is how long the failure of a mint is reported to those that waited
// for it.
const failureLife = 5 * time.Second

// beside names an entry about the entry of t: "failed", why its mint failed, for
// the processes that wait for it, "unkept", that it was too big to keep, or
// "refused", when a refusal was last believed.
func beside(t Target, what string) keystore.Key {
	kind, account, digest, _ := t.Key().Split()
	return keystore.NewKey(what+"-"+kind, account, digest)
}

// remember leaves a failure for the processes that were waiting for this one, so
// that a hundred of them do not fail one after the other.
func (c *Cache) remember(ctx context.Context, t Target, err error) {
	now := c.Now()
	e := keystore.Entry{Secret: keystore.NewSecret(string(wire.Append(nil, AsError(err).Fields()...))), Issued: now, Expires: now.Add(failureLife)}
	if err := c.Store.Put(ctx, beside(t, "failed"), e); err != nil {
		c.Log.Printf("%s: keystore %s: %v", t.Host, c.Store.Name(), err)
	}
}

// failure returns why a mint failed that ended after since.
func (c *Cache) failure(ctx context.Context, t Target, since time.Time) error {
	e, err := c.Store.Get(ctx, beside(t, "failed"))
	if err != nil || e.Issued.Before(since) {
		return nil
	}
	failed := new(Error)
	if wire.Read([]byte(e.Secret.Reveal()), failed.Fields()...) != nil {
		return nil
	}
	return failed
}

// Unkept reports whether the last token of t was too big for the keystore, so
// that every request mints.
func Unkept(ctx context.Context, s keystore.Store, t Target) bool {
	_, err := s.Get(ctx, beside(t, "unkept"))
	return err == nil
}
