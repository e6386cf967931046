package keystore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"
)

const (
	// entryService and identityService are the services of this package's items
	// in the platform's keyring. Neither is a prefix of the other followed by a
	// colon, which Credential Manager separates service and user by.
	entryService    = "credential-iam"
	identityService = "credential-iam-source"
	// promptLimit is how long a person has to unlock the keyring.
	promptLimit = 2 * time.Minute
	// sweepEvery is how often expired entries are looked for.
	sweepEvery = 10 * time.Minute
)

// vault is the platform's persistent keyring: items by service and user. Its
// methods may ignore ctx and hang; keyring bounds them. Their errors are the
// package's. None prompts unless it was made for a person.
type vault interface {
	// check reports whether an item could be written now.
	check(ctx context.Context) error
	get(ctx context.Context, service, user string) (string, error)
	// set keeps the item, or says so: go-keyring's Set succeeds also when a person
	// dismissed the prompt that the service asked for. Read it back.
	set(ctx context.Context, service, user, secret string) error
	// remove deletes the item. That there is none is not an error.
	remove(ctx context.Context, service, user string) error
	// list returns the users of all items of a service.
	list(ctx context.Context, service string) ([]string, error)
}

// keyring keeps entries in a vault, within deadlines. After the first deadline
// it leaves the vault alone: what hung once hangs again.
type keyring struct {
	vault       vault
	clock       clock
	getenv      func(string) string
	read, write time.Duration
	// end is how long is waited for a call that observes ctx to be over after its
	// deadline: a program that it runs is to be gone before this process is.
	end  time.Duration
	dead atomic.Bool
}

// newKeyring returns the platform's keyring, unchecked.
func newKeyring(o Options) *keyring {
	k := &keyring{vault: newVault(o), clock: o.clock(), getenv: o.Getenv, read: readLimit, write: writeLimit, end: endLimit}
	if o.Patience > 0 {
		k.read, k.write = o.Patience, o.Patience
	}
	if o.Interactive {
		k.read, k.write = promptLimit, promptLimit
	}
	k.dead.Store(slices.Contains(o.Skip, "keyring"))
	return k
}

// within runs f on the vault for at most limit. f goes on in the background when
// it overstays: go-keyring cannot be cancelled.
func within[T any](ctx context.Context, k *keyring, limit time.Duration, f func(context.Context) (T, error)) (T, error) {
	var zero T
	if k.dead.Load() {
		return zero, ErrTimeout
	}
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrTimeout)
	defer cancel()
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		r := result{err: unavailable("the keyring gave an answer that cannot be")}
		defer func() {
			// go-keyring trusts the types of what the service answers.
			_ = recover()
			done <- r
		}()
		r.value, r.err = f(ctx)
	}()
	r := result{}
	select {
	case r = <-done:
	case <-ctx.Done():
		r.err = ctx.Err()
		if k.end > 0 {
			select {
			case <-done:
			case <-time.After(k.end):
			}
		}
	}
	if r.err != nil && ctx.Err() != nil {
		r.err = context.Cause(ctx)
	}
	if errors.Is(r.err, ErrTimeout) {
		k.dead.Store(true)
	}
	return r.value, r.err
}

// do is within for a function without a value.
func (k *keyring) do(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	_, err := within(ctx, k, limit, func(ctx context.Context) (struct{}, error) { return struct{}{}, f(ctx) })
	return err
}

// Name returns "keyring".
func (*keyring) Name() string { return "keyring" }

// TimedOut reports whether a call ran out of time.
func (k *keyring) TimedOut() bool { return k.dead.Load() }

func (k *keyring) late() []string {
	if k.TimedOut() {
		return []string{k.Name()}
	}
	return nil
}

func (k *keyring) check(ctx context.Context) error { return k.do(ctx, k.read, k.vault.check) }

// Get reads the item; an odd or expired one is removed within the same deadline.
func (k *keyring) Get(ctx context.Context, key Key) (Entry, error) {
	if !key.usable() {
		return Entry{}, ErrNotFound
	}
	return within(ctx, k, k.read, func(ctx context.Context) (Entry, error) { return k.get(ctx, key) })
}

func (k *keyring) get(ctx context.Context, key Key) (Entry, error) {
	record, err := k.vault.get(ctx, entryService, string(key))
	if err != nil {
		return Entry{}, err
	}
	e, err := k.clock.decode(key, []byte(record))
	if err == nil {
		return e, nil
	}
	if !errors.Is(err, errNewer) {
		_ = k.vault.remove(ctx, entryService, string(key))
	}
	return Entry{}, ErrNotFound
}

// Put writes the item. Now and then it also removes what has expired, in the
// time that is left: a keyring keeps items for ever.
func (k *keyring) Put(ctx context.Context, key Key, e Entry) error {
	record, err := k.clock.encode(key, e)
	if err != nil {
		return err
	}
	if !k.clock.now().Before(e.Expires) {
		return k.Delete(ctx, key)
	}
	start := time.Now()
	err = k.do(ctx, k.write, func(ctx context.Context) error {
		if err := k.vault.set(ctx, entryService, string(key), string(record)); err != nil {
			return err
		}
		return k.verify(ctx, key, e, string(record))
	})
	clear(record)
	if err != nil {
		return err
	}
	if left := k.write - time.Since(start); left > 0 && k.sweepDue() {
		k.sweep(ctx, left)
	}
	return nil
}

// verify reads back what was written. Another process may have written since; an
// entry that is clearly older than e shows that e was not stored.
func (k *keyring) verify(ctx context.Context, key Key, e Entry, record string) error {
	switch got, err := k.vault.get(ctx, entryService, string(key)); {
	case errors.Is(err, ErrNotFound):
		return differs(string(key))
	case err != nil || got == record:
		return err
	default:
		other, err := k.clock.decode(key, []byte(got))
		if err != nil || other.Issued.Before(e.Issued.Add(-maxSkew)) {
			return differs(string(key))
		}
		return nil
	}
}

func (k *keyring) sweepDue() bool {
	locks, err := OpenLocks(k.getenv)
	return err == nil && locks.Claim("sweep/keyring", sweepEvery, k.clock.now())
}

// sweep reads every entry, which removes those that have expired. It is a
// courtesy: when it runs out of time the store is still good.
func (k *keyring) sweep(ctx context.Context, left time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, left/2)
	defer cancel()
	_ = k.do(ctx, left, func(ctx context.Context) error {
		users, err := k.vault.list(ctx, entryService)
		for _, user := range users {
			if ctx.Err() != nil {
				break
			}
			_, _ = k.get(ctx, Key(user))
		}
		return err
	})
}

// Delete removes the item.
func (k *keyring) Delete(ctx context.Context, key Key) error {
	return k.do(ctx, k.write, func(ctx context.Context) error {
		return k.vault.remove(ctx, entryService, string(key))
	})
}

// List asks for the items of the service.
func (k *keyring) List(ctx context.Context) ([]Key, error) {
	users, err := within(ctx, k, k.write, func(ctx context.Context) ([]string, error) {
		return k.vault.list(ctx, entryService)
	})
	keys := make([]Key, 0, len(users))
	for _, user := range users {
		keys = append(keys, Key(user))
	}
	return keys, err
}

// differs is the error of an item that was not kept although the platform said
// so. A prompt that is dismissed looks like that.
func differs(what string) error {
	return because{ErrUnavailable, fmt.Sprintf("the keyring did not store %q (perhaps the prompt was dismissed)", what)}
}
