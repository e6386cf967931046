// Package purge deletes cached tokens, all of them or that of one host, in every
// keystore whatever the configuration says.
//
// It revokes nothing and spares source identities. A keystore that cannot be
// reached does not stop it from emptying the others.
package purge

import (
	"context"
	"errors"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// Report is what was done, in its stable form.
type Report struct {
	Purged []Purged `json:"purged"`
	Failed []Failed `json:"failed"`
}

// Purged is a keystore that was emptied, and of how many tokens.
type Purged struct {
	Keystore string `json:"keystore"`
	Tokens   int    `json:"tokens"`
}

// Failed is a keystore in which tokens may be left.
type Failed struct {
	Keystore string `json:"keystore"`
	Error    string `json:"error"`
	// Cause is Error, of package keystore.
	Cause error `json:"-"`
}

// All empties every keystore. Interactive options let a locked keyring ask for
// its password, but only once.
func All(ctx context.Context, o keystore.Options) Report {
	stores := keystore.All(o)
	o.Interactive = false
	keyring := unreachable(ctx, o)
	var locks []helper.Locker
	for _, l := range keystore.AllLocks(o.Getenv) {
		locks = append(locks, l)
	}
	var r Report
	helper.ForgetAll(ctx, locks, o.Now(), func() { r = Stores(ctx, stores, keyring) })
	return r
}

// Token deletes the token of one target from every keystore. That of the source
// identity stays; hosts that share the token share its end.
func Token(ctx context.Context, o keystore.Options, t helper.Target) Report {
	stores := keystore.All(o)
	o.Interactive = false
	r := Report{Purged: []Purged{}, Failed: []Failed{}}
	locks := keystore.AllLocks(o.Getenv)
	for _, s := range stores {
		n := 0
		if _, err := s.Get(ctx, t.Key()); err == nil {
			n = 1
		}
		r.add(s.Name(), n)
		if err := forget(ctx, s, locks, o, t); err != nil && !errors.Is(err, keystore.ErrNotFound) {
			r.fail(s.Name(), err)
		}
	}
	if err := unreachable(ctx, o); err != nil {
		r.fail("keyring", err)
	}
	return r
}

// forget deletes a token from a store, so that no process puts back what it began to
// make before, whichever folder its locks are in.
func forget(ctx context.Context, s keystore.Store, locks []keystore.Locks, o keystore.Options, t helper.Target) error {
	for _, l := range locks {
		if err := (&helper.Cache{Store: s, Locks: func() (helper.Locker, error) { return l, nil }, Now: o.Now}).Forget(ctx, t); err != nil {
			return err
		}
	}
	return (&helper.Cache{Store: s, Now: o.Now}).Forget(ctx, t)
}

// Stores empties the stores; keyring is why the platform's is not among them, nil
// where it is or where there is none.
func Stores(ctx context.Context, stores []keystore.Store, keyring error) Report {
	r := Report{Purged: []Purged{}, Failed: []Failed{}}
	for _, s := range stores {
		n, err := keystore.Purge(ctx, s)
		r.add(s.Name(), n)
		if err != nil {
			r.fail(s.Name(), err)
		}
	}
	if keyring != nil {
		r.fail("keyring", keyring)
	}
	return r
}

// unreachable returns why the platform's keyring, which may hold tokens, cannot
// be asked; nil where it can be or where there is none.
func unreachable(ctx context.Context, o keystore.Options) error {
	c, err := keystore.Open(ctx, "keyring", o)
	switch {
	case errors.Is(err, keystore.ErrUnavailable):
		return nil
	case err == nil && keystore.TimedOut(c.Store):
		return keystore.ErrTimeout
	}
	return err
}

// add counts tokens; stores of one name, as the kernel's two keyrings, are one.
func (r *Report) add(name string, tokens int) {
	for i := range r.Purged {
		if r.Purged[i].Keystore == name {
			r.Purged[i].Tokens += tokens
			return
		}
	}
	r.Purged = append(r.Purged, Purged{name, tokens})
}

func (r *Report) fail(store string, err error) {
	r.Failed = append(r.Failed, Failed{store, helper.OneLine(err.Error(), 300), err})
}
