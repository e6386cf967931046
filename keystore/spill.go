package keystore

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// spill is a back end that can be full, and the next one, which takes what does not
// fit. The next one is left alone until that has happened: a miss must not cost a
// look at the desktop's keyring on every machine.
type spill struct {
	Store
	next *keyring
	o    Options
}

const (
	// spilled is the mark of an entry that went to the next back end.
	spilled Key = "spilled"
	// spillLife is for how long that counts: longer than any token lives.
	spillLife = 13 * time.Hour
)

// Get looks in the next back end only where something was put there.
func (s spill) Get(ctx context.Context, key Key) (Entry, error) {
	e, err := s.Store.Get(ctx, key)
	if !errors.Is(err, ErrNotFound) || !s.spilled() {
		return e, err
	}
	if e, err2 := s.next.Get(ctx, key); err2 == nil {
		return e, nil
	}
	return Entry{}, err
}

func (s spill) spilled() bool {
	locks, err := OpenLocks(s.o.Getenv)
	return err == nil && s.o.Now().Sub(locks.Marked(spilled)).Abs() < spillLife
}

// Put puts what does not fit into the next back end.
func (s spill) Put(ctx context.Context, key Key, e Entry) error {
	err := s.Store.Put(ctx, key, e)
	if !errors.Is(err, ErrQuota) && !errors.Is(err, ErrTooBig) {
		return err
	}
	err2 := s.next.Put(ctx, key, e)
	if err2 == nil {
		err2 = s.mark()
	}
	if err2 != nil {
		return fmt.Errorf("%w; keyring: %s", err, Reason(err2))
	}
	return s.Store.Delete(ctx, key) // else the old one would be found first
}

func (s spill) mark() error {
	locks, err := OpenLocks(s.o.Getenv)
	if err != nil {
		return err
	}
	return locks.Mark(spilled, s.o.Now())
}

// Delete forgets the entry in both. That the next back end cannot be asked matters
// only where something was put there.
func (s spill) Delete(ctx context.Context, key Key) error {
	err := s.Store.Delete(ctx, key)
	if err2 := s.next.Delete(ctx, key); s.spilled() {
		err = errors.Join(err, err2)
	}
	return err
}

// List has the entries of both.
func (s spill) List(ctx context.Context) ([]Key, error) {
	keys, err := s.Store.List(ctx)
	if err == nil && s.spilled() {
		more, err := s.next.List(ctx)
		return append(keys, more...), err
	}
	return keys, err
}

// late says that the next back end ran out of time.
func (s spill) late() []string {
	if s.next.TimedOut() {
		return []string{s.next.Name()}
	}
	return nil
}

// Limit is a limit of a back end that is reached.
type Limit struct {
	// Name is that of the kernel's parameter, "kernel.keys.maxbytes".
	Name       string
	Used, Most int
}

// Full says, where the store has no room for another token of usual size, which
// limit keeps it out and where it goes instead; "" and nil where there is room, or
// nobody knows. It asks the next back end whether it could take it.
func (c Choice) Full(ctx context.Context) (string, *Limit) {
	store, goes := c.Store, "what does not fit is not cached"
	if s, ok := store.(spill); ok {
		store, goes = s.Store, "what does not fit goes to the keyring"
		if err := s.next.check(ctx); err != nil {
			goes = "what does not fit is not cached (keyring: " + Reason(err) + ")"
		}
	}
	f, ok := store.(interface{ full() *Limit })
	if !ok {
		return "", nil
	}
	limit := f.full()
	if limit == nil {
		return "", nil
	}
	return fmt.Sprintf("full: %d of %d (%s); %s", limit.Used, limit.Most, limit.Name, goes), limit
}
