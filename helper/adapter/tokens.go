package adapter

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

// Tokens answers requests: configuration, keystore, and the core for what is
// missing. Its methods may be called once or a hundred times;
// the configuration is read once.
type Tokens struct {
	Env    helper.Env
	Config *config.Config
	// Exec runs the core on a miss.
	Exec mint.Exec
}

// Resolve returns the target of a request; see config.Config.Resolve.
func (k Tokens) Resolve(ctx context.Context, r helper.Request) (helper.Target, error) {
	return k.Config.Resolve(ctx, r, keystore.OpenIdentities(k.options()))
}

// Get returns a token of t for a client.
func (k Tokens) Get(ctx context.Context, client host.Client, t helper.Target) (helper.Token, error) {
	o := k.options()
	o.Unchecked = true
	c := k.cache(ctx, t, o)
	c.Client = client
	return c.Get(ctx, t)
}

// Forget deletes the cached token of t, see helper.Cache.Forget.
func (k Tokens) Forget(ctx context.Context, t helper.Target, secret keystore.Secret) error {
	return k.cache(ctx, t, k.options()).Forget(ctx, t, secret)
}

// Known reports whether secret is the cached token of t, and whether that can be
// told at all: where nothing is cached it cannot.
func (k Tokens) Known(ctx context.Context, t helper.Target, secret keystore.Secret) (known, told bool) {
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

func (k Tokens) options() keystore.Options {
	return keystore.Options{Getenv: k.Env.Getenv, Now: k.Env.Now}
}

// cache opens the keystore of t.
func (k Tokens) cache(ctx context.Context, t helper.Target, o keystore.Options) *helper.Cache {
	store := keystore.OpenOrNone(ctx, t.Keystore, o)
	k.Env.Log.Printf("keystore %s: %s", store.Name(), store.Why)
	x := k.Exec
	x.Skip = func() []string { return keystore.Late(store) }
	return &helper.Cache{
		Store: store, Minter: x, Now: k.Env.Now, Log: k.Env.Log,
		Locks: k.openLocks,
		Renew: func(t helper.Target) {
			if err := x.Renew(t); err != nil {
				k.Env.Log.Printf("%s: renew: %v", t.Host, err)
			}
		},
	}
}

// openLocks makes and checks the folder of the locks: for a miss, not for a hit.
func (k Tokens) openLocks() (helper.Locker, error) {
	if err := helper.CheckDescriptors(); err != nil {
		return nil, err
	}
	return keystore.OpenLocks(k.Env.Getenv)
}
