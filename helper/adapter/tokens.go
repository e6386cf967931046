package adapter

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Tokens answers requests: configuration, keystore, and the core for what is
// missing. Its methods may be called once or a hundred times; the configuration is
// read once.
type Tokens struct {
	Env    helper.Env
	Config *config.Config
	// Exec runs the core on a miss.
	Exec mint.Exec
	// Minter, where it is set, makes what is missing in this process instead; it is
	// the core's own.
	Minter func(store keystore.Store, t helper.Target) helper.Minter
	// Identities reads source identities of the keyring; nil is the platform's.
	Identities source.Identities

	opened map[string]keystore.Choice
}

// Resolve returns the target of a request; see config.Config.Resolve.
func (k *Tokens) Resolve(ctx context.Context, r helper.Request) (helper.Target, error) {
	ids := k.Identities
	if ids == nil {
		ids = keystore.OpenIdentities(k.options())
	}
	return k.Config.Resolve(ctx, r, ids)
}

// Get returns a token of t for a client.
func (k *Tokens) Get(ctx context.Context, client host.Client, t helper.Target) (helper.Token, error) {
	return k.hot(ctx, client, t).Get(ctx, t)
}

// GetFor is Get for a client that asks again where a token was refused, see
// helper.Cache.GetFor.
func (k *Tokens) GetFor(ctx context.Context, client host.Client, t helper.Target, asker string) (helper.Token, error) {
	return k.hot(ctx, client, t).GetFor(ctx, t, asker)
}

// hot opens the cache for an answer, which is not to wait for a check.
func (k *Tokens) hot(ctx context.Context, client host.Client, t helper.Target) *helper.Cache {
	o := k.options()
	o.Unchecked = true
	c := k.cache(ctx, t, o)
	c.Client = client
	return c
}

// Cached returns the cached token of t, without a call. A keystore is opened once: a
// back end that ran out of time is not tried again for the next host.
func (k *Tokens) Cached(ctx context.Context, t helper.Target) (helper.Token, bool) {
	store, ok := k.opened[t.Keystore]
	if !ok {
		store = keystore.OpenOrNone(ctx, t.Keystore, k.options())
		if k.opened == nil {
			k.opened = map[string]keystore.Choice{}
		}
		k.opened[t.Keystore] = store
	}
	e, err := store.Get(ctx, t.Key())
	if err != nil {
		k.Env.Log.Printf("%s: keystore %s: %v", t.Asked(), store.Name(), err)
		return helper.Token{}, false
	}
	return helper.Token{Secret: e.Secret, Issued: e.Issued, Expires: e.Expires, Username: e.Username, Bearer: e.Bearer}, true
}

// Forget deletes the cached token of t, see helper.Cache.Forget.
func (k *Tokens) Forget(ctx context.Context, t helper.Target) error {
	return k.cache(ctx, t, k.options()).Forget(ctx, t)
}

// Refuse deletes a token of t that was refused, see helper.Cache.Refuse.
func (k *Tokens) Refuse(ctx context.Context, t helper.Target, secret keystore.Secret) error {
	return k.cache(ctx, t, k.options()).Refuse(ctx, t, secret)
}

// Known reports whether secret is the cached token of t, and whether that can be
// told at all: where nothing is cached it cannot.
func (k *Tokens) Known(ctx context.Context, t helper.Target, secret keystore.Secret) (known, told bool) {
	store := keystore.OpenOrNone(ctx, t.Keystore, k.options())
	e, err := store.Get(ctx, t.Key())
	if err == nil {
		return e.Secret.Equal(secret), true
	}
	if store.Name() == "none" {
		return false, false
	}
	l, err := k.openLocks()
	return false, err == nil && helper.Unkept(l, t, k.Env.Now()) == nil
}

func (k *Tokens) options() keystore.Options {
	return keystore.Options{Getenv: k.Env.Getenv, Now: k.Env.Now}
}

// cache opens the keystore of t.
func (k *Tokens) cache(ctx context.Context, t helper.Target, o keystore.Options) *helper.Cache {
	// One piece of memory for all that lives as long as the cache: each size of piece that a
	// process uses for the first time costs it two pages.
	one := &struct {
		cache helper.Cache
		store keystore.Choice
		exec  mint.Exec
	}{store: keystore.OpenOrNone(ctx, t.Keystore, o), exec: k.Exec}
	k.Env.Log.Printf("keystore %s: %s", one.store.Name(), one.store.Why)
	one.exec.Skip = func() []string { return keystore.Late(one.store) }
	one.cache = helper.Cache{
		Store: &one.store, Minter: &one.exec, Now: k.Env.Now, Log: k.Env.Log,
		Locks: k.openLocks,
		Renew: func(t helper.Target) {
			if err := one.exec.Renew(t); err != nil {
				k.Env.Log.Printf("%s: renew: %v", t.Asked(), err)
			}
		},
	}
	if k.Minter != nil {
		one.cache.Minter = k.Minter(one.store, t)
	}
	return &one.cache
}

// openLocks makes and checks the folder of the locks: for a miss, not for a hit.
func (k *Tokens) openLocks() (helper.Locker, error) {
	if err := helper.CheckDescriptors(); err != nil {
		return nil, err
	}
	return keystore.OpenLocks(k.Env.Getenv)
}
