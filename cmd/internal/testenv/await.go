package testenv

import (
	"fmt"
	"time"
)

// Await waits until ok, for [Patience] at most. What is waited for is the thing
// itself: no file that is there before it is complete, no socket before anybody
// listens, no while. How long it may take is not said here: a machine may be busy.
func Await(what string, ok func() bool) error { return await(Patience, what, ok) }

func await(limit time.Duration, what string, ok func() bool) error {
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s for %s", limit, what)
		}
	}
	return nil
}
