package keystore

import (
	"context"
	"sync"
	"time"
)

// Memory is a Store for tests: entries live as long as the process, as the
// records that every back end keeps.
type Memory struct {
	// Uptime is that of [Options]; nil is unknown.
	Uptime func() time.Duration
	// Room is how many entries there is room for, 0 any number. Another one is
	// ErrQuota; what has expired makes room.
	Room int

	now     func() time.Time
	mu      sync.Mutex
	records map[Key][]byte
}

// NewMemory returns an empty Memory whose clock is now.
func NewMemory(now func() time.Time) *Memory {
	return &Memory{now: now, records: make(map[Key][]byte)}
}

func (m *Memory) clock() clock { return clock{m.now, m.Uptime} }

// Name returns "memory".
func (*Memory) Name() string { return "memory" }

// Get returns the entry, if it has not expired.
func (m *Memory) Get(ctx context.Context, key Key) (Entry, error) {
	if err := ctx.Err(); err != nil {
		return Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(key)
}

// get returns the entry, or removes what is none.
func (m *Memory) get(key Key) (Entry, error) {
	record, ok := m.records[key]
	if !ok {
		return Entry{}, ErrNotFound
	}
	e, err := m.clock().decode(key, record)
	if err != nil {
		delete(m.records, key)
		return Entry{}, ErrNotFound
	}
	return e, nil
}

// Put keeps the entry.
func (m *Memory) Put(ctx context.Context, key Key, e Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	record, err := m.clock().encode(key, e)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, there := m.records[key]; m.Room > 0 && !there && len(m.records) >= m.Room {
		m.keys()
		if len(m.records) >= m.Room {
			return ErrQuota
		}
	}
	m.records[key] = record
	return nil
}

// Delete removes the entry.
func (m *Memory) Delete(ctx context.Context, key Key) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, key)
	return nil
}

// List returns the keys of the entries that have not expired.
func (m *Memory) List(ctx context.Context) ([]Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.keys(), nil
}

// keys returns the keys of the entries, without those that have expired.
func (m *Memory) keys() []Key {
	var keys []Key
	for key := range m.records {
		if _, err := m.get(key); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}
