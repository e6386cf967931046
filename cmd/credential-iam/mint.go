package main

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/keystore"
)

// mintBudget bounds a whole mint, whatever hangs.
const mintBudget = 20 * time.Second

// mint answers an adapter: one target on standard input, one token on standard
// output. The reply carries an error too, so nothing is printed beside it.
func (a *app) mint(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, mintBudget)
	defer cancel()
	open := func(ctx context.Context, t helper.Target, skip []string) helper.Minter {
		return a.minter(a.store(ctx, t.Keystore, skip), t, skip)
	}
	if err := mint.Serve(ctx, a.stdin, a.stdout, open); err != nil {
		a.env.Log.Printf("mint: %v", err)
		return exitFailed
	}
	return exitDone
}

// renew replaces a token that is still good by a younger one, in the background
// and for nobody's waiting ears.
func (a *app) renew(ctx context.Context) int {
	ctx, cancel := context.WithTimeout(ctx, mintBudget)
	defer cancel()
	t, skip, err := mint.ReadTarget(a.stdin)
	if err != nil {
		return exitFailed
	}
	if err := a.cache(ctx, t, skip).Refresh(ctx, t); err != nil {
		return exitFailed
	}
	return exitDone
}

// cache returns the pipeline of the adapters with the minter in this process.
func (a *app) cache(ctx context.Context, t helper.Target, skip []string) *helper.Cache {
	store := a.store(ctx, t.Keystore, skip)
	c := &helper.Cache{Store: store, Minter: a.minter(store, t, skip), Now: a.env.Now, Log: a.env.Log}
	if locks, err := keystore.OpenLocks(a.env.Getenv); err == nil {
		c.Locks = locks
	}
	return c
}

func (a *app) store(ctx context.Context, name string, skip []string) keystore.Store {
	c := keystore.OpenOrNone(ctx, name, a.options(skip))
	a.env.Log.Printf("keystore %s: %s", c.Name(), c.Why)
	return c
}

func (a *app) options(skip []string) keystore.Options {
	return keystore.Options{Getenv: a.env.Getenv, Now: a.env.Now, Skip: skip}
}

// minter returns what mints for t: the IAM client, or the host of an issuer
// plugin with the IAM client as its identity.
func (a *app) minter(store keystore.Store, t helper.Target, skip []string) helper.Minter {
	client := a.clientOn(store, skip)
	if t.Issuer == helper.Google {
		return client
	}
	return a.issuer(client)
}

// client returns the IAM client, with the keystore of t for the tokens of
// source identities.
func (a *app) client(ctx context.Context, t helper.Target) *iam.Client {
	return a.clientOn(a.store(ctx, t.Keystore, nil), nil)
}

func (a *app) clientOn(store keystore.Store, skip []string) *iam.Client {
	return iam.New(iam.Options{
		Env: a.env, Store: store, Identities: a.identities(a.options(skip)), Version: helper.Version(),
	})
}
