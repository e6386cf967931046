package keystore

import (
	"context"
	"sync"
	"time"
)

// Memory is a Store for tests: entries live as long as the process.
type Memory struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[Key]Entry
}

// NewMemory returns an empty Memory that tells the time by now.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, entries: make(map[Key]Entry)}
}

// Name returns "memory".
func (*Memory) Name() string { return "memory" }

// Get returns the entry, if it has not expired.
func (m *Memory) Get(ctx context.Context, key Key) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[key]
	if !ok || !m.now().Before(e.Expires) {
		delete(m.entries, key)
		return Entry{}, ErrNotFound
	}
	return e, nil
}

// Put keeps the entry.
func (m *Memory) Put(ctx context.Context, key Key, e Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := encode(key, e); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries[key] = e
	return nil
}

// Delete forgets the entry.
func (m *Memory) Delete(ctx context.Context, key Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, key)
	return nil
}

// List returns the keys of the entries that have not expired.
func (m *Memory) List(ctx context.Context) ([]Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var keys []Key
	for k, e := range m.entries {
		if m.now().Before(e.Expires) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}
