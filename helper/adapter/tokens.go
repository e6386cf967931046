package adapter

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
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

// Get returns a token for t.
func (k Tokens) Get(ctx context.Context, t helper.Target) (helper.Token, error) {
	o := k.options()
	o.Unchecked = true
	return k.cache(ctx, t, o).Get(ctx, t)
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
	return false, store.Name() != "none" && !helper.Unkept(ctx, store, t)
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
		Locks: locks{k.openLocks},
		Renew: func(t helper.Target) {
			if err := x.Renew(t); err != nil {
				k.Env.Log.Printf("%s: renew: %v", t.Host, err)
			}
		},
	}
}

func (k Tokens) openLocks() (keystore.Locks, error) {
	if err := helper.CheckDescriptors(); err != nil {
		return keystore.Locks{}, err
	}
	return keystore.OpenLocks(k.Env.Getenv)
}

// locks opens the folder of the locks when a lock is needed: a hit needs none,
// and to make and check the folder are four system calls.
type locks struct {
	open func() (keystore.Locks, error)
}

// Lock implements helper.Locker.
func (l locks) Lock(ctx context.Context, key keystore.Key) (release func(), err error) {
	dir, err := l.open()
	if err != nil {
		return nil, err
	}
	return dir.Lock(ctx, key)
}

// TryLock implements helper.Locker.
func (l locks) TryLock(key keystore.Key) (release func(), ok bool, err error) {
	dir, err := l.open()
	if err != nil {
		return nil, false, err
	}
	return dir.TryLock(key)
}

// Claim implements helper.Locker.
func (l locks) Claim(key keystore.Key, every time.Duration, now time.Time) bool {
	dir, err := l.open()
	return err == nil && dir.Claim(key, every, now)
}
