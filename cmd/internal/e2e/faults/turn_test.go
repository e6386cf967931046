//go:build linux

package faults

import (
	"runtime"
	"sync"
	"testing"
)

// processor has a place for each test that may use the processor now. There are
// hundreds of tests, and most of them wait for a hanging server, side by side; if all
// ran their programs at once, no program would have its answer in the 20 seconds that
// a mint has.
var processor = make(chan struct{}, 4*runtime.GOMAXPROCS(0))

// turns are the places that are taken, by test.
var turns sync.Map

// turn waits until the test may use the processor; until it ends, or [waits].
func turn(t *testing.T) {
	t.Helper()
	if _, ok := turns.Load(t); ok {
		return
	}
	processor <- struct{}{}
	turns.Store(t, struct{}{})
	t.Cleanup(func() { waits(t) })
}

// waits gives the test's turn to another: from here on it waits and does little else.
func waits(t *testing.T) {
	t.Helper()
	if _, ok := turns.LoadAndDelete(t); ok {
		<-processor
	}
}
