// Package core assembles what makes and keeps tokens: the keystores, the IAM
// client, the hosts of issuer plugins. It is the only place where they meet.
//
// An adapter's question is answered here (Mint, Renew), and the commands that a
// person types take the same pieces. The package keeps no state but what the
// keystore holds, and prints nothing.
package core

import (
	"context"
	"io"
	"math"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/mint"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// mintBudget bounds a whole mint, whatever hangs, without a program that gives the
// source's token.
const mintBudget = 20 * time.Second

// timely bounds each mint.
type timely struct{ helper.Minter }

// Mint implements helper.Minter.
func (m timely) Mint(ctx context.Context, t helper.Target) (helper.Token, error) {
	ctx, cancel := context.WithTimeout(ctx, mintBudget+t.Source.Takes)
	defer cancel()
	return m.Minter.Mint(ctx, t)
}

// Core is a process that makes tokens.
type Core struct {
	Env helper.Env
	// Executable is the path of credential-iam, "" where it is not known: issuer
	// plugins are looked for beside it.
	Executable string
	// Environ is the environment of the process, of which a plugin gets a part.
	Environ []string
	// Timeout is how long the IAM client tries for one command; 0 is mintBudget, with a
	// few attempts.
	Timeout time.Duration
	// IDs keeps source identities; nil means the platform's keyring.
	IDs Identities
}

// Identities keeps source identities: keystore.Identities.
type Identities interface {
	source.Identities
	Add(ctx context.Context, name string, document keystore.Secret) error
	List(ctx context.Context) ([]string, error)
	Remove(ctx context.Context, name string) error
}

// Mint answers an adapter: one target on in, one token on out. The reply carries an
// error too, so nothing is printed beside it.
func (c Core) Mint(ctx context.Context, in io.Reader, out io.Writer) error {
	open := func(ctx context.Context, t helper.Target, skip []string) helper.Minter {
		return timely{c.Minter(c.store(ctx, t.Keystore, skip), t, skip)}
	}
	err := mint.Serve(ctx, in, out, open)
	if err != nil {
		c.Env.Log.Printf("mint: %v", err)
	}
	return err
}

// Renew replaces a token that is still valid with a newer one, in the background.
// The target is read from in.
func (c Core) Renew(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithTimeout(ctx, mintBudget)
	defer cancel()
	t, skip, err := mint.ReadTarget(in)
	if err != nil {
		return err
	}
	return c.cache(ctx, t, skip).Refresh(ctx, t)
}

// Cache returns the pipeline of the adapters with the minter in this process. It
// renews in the background as they do.
func (c Core) Cache(ctx context.Context, t helper.Target) *helper.Cache {
	cache := c.cache(ctx, t, nil)
	cache.Renew = func(t helper.Target) {
		if err := (mint.Exec{Executable: c.Executable}).Renew(t); err != nil {
			c.Env.Log.Printf("%s: renew: %v", t.Host, err)
		}
	}
	return cache
}

// Tokens answers requests as an adapter does, with the minter in this process.
func (c Core) Tokens() *adapter.Tokens {
	return &adapter.Tokens{
		Env: c.Env, Config: config.Load(c.Env), Exec: mint.Exec{Executable: c.Executable, Now: c.Env.Now}, Identities: c.Identities(false),
		Minter: func(store keystore.Store, t helper.Target) helper.Minter { return c.Minter(store, t, nil) },
	}
}

func (c Core) cache(ctx context.Context, t helper.Target, skip []string) *helper.Cache {
	store := c.store(ctx, t.Keystore, skip)
	return &helper.Cache{Store: store, Minter: c.Minter(store, t, skip), Locks: c.locks, Now: c.Env.Now, Log: c.Env.Log}
}

// Fresh makes a token for t and does not keep it.
func (c Core) Fresh(ctx context.Context, t helper.Target) (helper.Token, error) {
	return c.Minter(c.store(ctx, t.Keystore, nil), t, nil).Mint(ctx, t)
}

// Unkept returns why the keystore did not keep the last token of t, see
// helper.Unkept.
func (c Core) Unkept(t helper.Target) error {
	l, err := c.locks()
	if err != nil {
		return nil //nolint:nilerr // nobody knows
	}
	return helper.Unkept(l, t, c.Env.Now())
}

func (c Core) locks() (helper.Locker, error) { return keystore.OpenLocks(c.Env.Getenv) }

func (c Core) store(ctx context.Context, name string, skip []string) keystore.Store {
	choice := keystore.OpenOrNone(ctx, name, c.options(skip))
	c.Env.Log.Printf("keystore %s: %s", choice.Name(), choice.Why)
	return choice
}

// Options are those of a keystore that may neither prompt nor hang.
func (c Core) Options() keystore.Options { return c.options(nil) }

func (c Core) options(skip []string) keystore.Options {
	return keystore.Options{Getenv: c.Env.Getenv, Now: c.Env.Now, Skip: skip}
}

// Identities returns the person's source identities. Interactive is set for a
// command that a person typed at a terminal: a locked keyring may ask for its
// password.
func (c Core) Identities(interactive bool) Identities {
	o := c.options(nil)
	o.Interactive = interactive
	return c.identities(o)
}

func (c Core) identities(o keystore.Options) Identities {
	if c.IDs != nil {
		return c.IDs
	}
	return keystore.OpenIdentities(o)
}

// Minter returns what mints for t: the IAM client, or the host of an issuer plugin
// with the IAM client as its identity. The store keeps the tokens of source
// identities; back ends in skip ran out of time before. Each mint is one line of the log.
func (c Core) Minter(store keystore.Store, t helper.Target, skip []string) helper.Minter {
	client := c.client(store, skip)
	if t.Issuer == helper.Google {
		return c.audit(client)
	}
	return c.audit(c.issuer(client))
}

// Client returns the IAM client, with the keystore of t for the tokens of source
// identities.
func (c Core) Client(ctx context.Context, t helper.Target) *iam.Client {
	return c.client(c.store(ctx, t.Keystore, nil), nil)
}

// ClientOn returns the IAM client with a keystore, nil for none.
func (c Core) ClientOn(store keystore.Store) *iam.Client { return c.client(store, nil) }

func (c Core) client(store keystore.Store, skip []string) *iam.Client {
	if l, err := c.locks(); err == nil && store != nil {
		store = helper.Guard(store, l)
	}
	call := iam.Call{Timeout: mintBudget}
	if c.Timeout != 0 {
		call = iam.Call{Timeout: c.Timeout, Retry: &iam.Retry{Attempts: math.MaxInt}}
	}
	return iam.New(iam.Options{
		Call: call, Env: c.Env, Store: store, Identities: c.identities(c.options(skip)), Version: helper.Version(),
		ReplaceFile: replaceFile,
	})
}
