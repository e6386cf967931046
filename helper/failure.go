package helper

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// failureLife is how long a verdict is reported to those that waited for it.
const failureLife = 5 * time.Second

// Marks beside an entry, see [Locker].
const (
	// goAlone says that those who wait for the entry had better mint by themselves.
	goAlone = "alone"
	// full and tooBig say that the keystore did not keep it.
	full   = "full"
	tooBig = "too-big"
)

// beside names something about the entry of t: an entry "failed" has the API's
// verdict for the processes that wait for it; the rest are marks and claims.
func beside(t Target, what string) keystore.Key {
	kind, account, digest, _ := t.Key().Split()
	return keystore.NewKey(what+"-"+kind, account, digest)
}

// mark marks something beside the entry of t.
func (c *Cache) mark(t Target, what string) {
	if l := c.locker(); l != nil {
		if err := l.Mark(beside(t, what), c.Now()); err != nil {
			c.Log.Printf("%s: mark %s: %v", t.Asked(), what, err)
		}
	}
}

// isVerdict reports whether an error is the API's verdict on an identity, which
// holds for every process that asks for the same: it is denied, or there is no such
// account or none that is enabled, or it may not ask for that. Anything else may be
// one process's own trouble: its certificates, its proxy, its clock, its plugin, its
// limits, the death of its core.
func isVerdict(t Target, e *Error) bool {
	if t.Issuer != Google || e.Unreachable {
		return false
	}
	switch e.Code {
	case "permission-denied", "not-found", "disabled", "bad-parameter", "lifetime", "sign-in", "bad-key":
		return true
	}
	return false
}

// CoreKilled is the code of an error: the core was killed, and killed again.
const CoreKilled = "core-killed"

// failed tells those that wait for this process that it has minted nothing. Only a
// verdict is theirs too. A process that has waited itself is the second in a row to
// fail: then they go alone, but for want of memory, of which all at once want most.
func (c *Cache) failed(ctx context.Context, t Target, err error, waited bool) {
	if !isVerdict(t, AsError(err)) {
		if waited && AsError(err).Code != CoreKilled {
			c.mark(t, goAlone)
		}
		return
	}
	now := c.Now()
	e := keystore.Entry{Secret: keystore.NewSecret(string(wire.Append(nil, AsError(err).Fields()...))), Issued: now, Expires: now.Add(failureLife)}
	if err := c.Store.Put(ctx, beside(t, "failed"), e); err != nil {
		c.Log.Printf("%s: keystore %s: %v", t.Asked(), c.Store.Name(), err)
		c.mark(t, goAlone)
	}
}

// verdict returns the API's verdict that another process has had since.
func (c *Cache) verdict(ctx context.Context, t Target, since time.Time) error {
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

// unkeptLife is for how long it counts that the keystore did not keep a token: with
// the next one it may have room.
const unkeptLife = time.Minute

// notKept tells why a token was not kept those that wait for it, and status.
func (c *Cache) notKept(t Target, err error) {
	switch {
	case errors.Is(err, errForgotten):
		// The next one will be kept.
	case errors.Is(err, errOther):
		c.mark(t, goAlone)
	case errors.Is(err, keystore.ErrTooBig):
		c.mark(t, tooBig)
	default:
		c.mark(t, full)
	}
}

// unkept returns why the keystore did not keep the last token, just now.
func (c *Cache) unkept(t Target) error { return unkept(c.locker(), t, c.Now(), unkeptLife) }

// Unkept returns why the keystore did not keep the last token of t, in the last hour:
// keystore.ErrTooBig or keystore.ErrQuota, nil where it did.
func Unkept(l Locker, t Target, now time.Time) error { return unkept(l, t, now, time.Hour) }

func unkept(l Locker, t Target, now time.Time, within time.Duration) error {
	if l == nil {
		return nil
	}
	for _, why := range []struct {
		mark string
		err  error
	}{{tooBig, keystore.ErrTooBig}, {full, keystore.ErrQuota}} {
		if at := l.Marked(beside(t, why.mark)); now.Sub(at).Abs() < within {
			return why.err
		}
	}
	return nil
}
