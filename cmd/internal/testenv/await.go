package testenv

import (
	"fmt"
	"time"
)

// Await waits until ok, for the limit at most, and looks the more often the shorter
// that is. What is waited for is the thing itself: no file that is there before it
// is complete, no socket before anybody listens, no while.
func Await(limit time.Duration, what string, ok func() bool) error {
	pause := min(limit/200, 20*time.Millisecond)
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(pause) {
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s for %s", limit, what)
		}
	}
	return nil
}
