//go:build linux

package soak

import (
	"sync"
	"time"
)

// Storms and peace take turns. In a storm everything may go wrong; a while after
// it nothing may, but that programs are killed.
const (
	storm = 3 * time.Second
	peace = 5 * time.Second
	// recovery is how long a storm may be felt.
	recovery = 2 * time.Second
)

// weather tells what may go wrong, and keeps what did.
type weather struct {
	start time.Time

	mu        sync.Mutex
	accidents int
	// killed are the times at which a core was killed.
	killed []time.Time
}

// stormy reports whether there is a storm.
func (w *weather) stormy(now time.Time) bool { return now.Sub(w.start)%(storm+peace) < storm }

// peaceful reports whether a request that took from one time to another had a
// right to an answer: no storm could be felt, and of its cores,
// of which an adapter starts a second one, at most one was killed.
func (w *weather) peaceful(from, to time.Time) bool {
	for at := from.Add(-recovery); !at.After(to); at = at.Add(50 * time.Millisecond) {
		if w.stormy(at) {
			return false
		}
	}
	if w.stormy(to) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, at := range w.killed {
		if !at.Before(from) && !at.After(to) {
			n++
		}
	}
	return n < 2
}

// accident counts something that went wrong on purpose.
func (w *weather) accident() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accidents++
}

// killedCore counts a core that was killed.
func (w *weather) killedCore() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.accidents++
	w.killed = append(w.killed, time.Now())
}

// count is how many accidents there were.
func (w *weather) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accidents
}
