package helper

import (
	"context"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

// Guard returns a store for what is not the entry of a target: the tokens of source
// identities. A purge forgets them too, and what a process looked for before it, and
// has made since, is not put back.
func Guard(s keystore.Store, l Locker) keystore.Store {
	if l == nil {
		return s
	}
	return &guarded{Store: s, locks: l, looked: map[keystore.Key]time.Time{}, begun: l.Marked(everything)}
}

type guarded struct {
	keystore.Store
	locks Locker
	begun time.Time

	mu     sync.Mutex
	looked map[keystore.Key]time.Time
}

// Get looks for an entry.
func (g *guarded) Get(ctx context.Context, key keystore.Key) (keystore.Entry, error) {
	g.mu.Lock()
	g.looked[key] = g.locks.Marked(everything)
	g.mu.Unlock()
	return g.Store.Get(ctx, key)
}

// Put keeps what was made since the last look, unless everything was forgotten
// meanwhile.
func (g *guarded) Put(ctx context.Context, key keystore.Key, e keystore.Entry) error {
	g.mu.Lock()
	before, ok := g.looked[key]
	g.mu.Unlock()
	if !ok {
		before = g.begun
	}
	forgotten := func() bool { return g.locks.Marked(everything) != before }
	return put(ctx, g.locks, g.Store, forgotten, key, e, nil)
}
