package iamtest

import "sync"

// access is who may read and write in a registry or git server.
type access struct {
	mu      sync.Mutex
	readers map[string]bool
	writers map[string]bool
}

// AllowReader lets a principal read.
func (a *access) AllowReader(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.readers == nil {
		a.readers = map[string]bool{}
	}
	a.readers[email] = true
}

// AllowWriter lets a principal read and write.
func (a *access) AllowWriter(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writers == nil {
		a.writers = map[string]bool{}
	}
	a.writers[email] = true
}

// Forbid takes both back.
func (a *access) Forbid(email string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.readers, email)
	delete(a.writers, email)
}

func (a *access) mayRead(email string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.readers[email] || a.writers[email]
}

func (a *access) mayWrite(email string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.writers[email]
}
