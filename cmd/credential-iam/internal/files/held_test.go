package files

import (
	"errors"
	"testing"
	"time"
)

// TestHeld has another program close a file late, and never.
func TestHeld(t *testing.T) {
	busy, denied := errors.New("somebody has it open"), errors.New("denied")
	for _, c := range []struct {
		name     string
		err      error
		failures int
		limit    time.Duration
		want     error
	}{
		{"free", nil, 0, time.Minute, nil},
		{"closed soon", busy, 3, time.Minute, nil},
		{"kept open", busy, 1 << 30, 0, errHeld},
		{"another error", denied, 1, time.Minute, denied},
	} {
		calls := 0
		err := retryHeld(c.limit, func(err error) bool { return errors.Is(err, busy) }, func() error {
			if calls++; calls <= c.failures {
				return c.err
			}
			return nil
		})
		if !errors.Is(err, c.want) || c.want == nil && calls != c.failures+1 {
			t.Errorf("%s: %d calls, %v", c.name, calls, err)
		}
	}
	var e *Error
	if err := (&File{Path: "p", target: "p"}).immovable(errors.Join(errHeld, busy)); !errors.As(err, &e) || !errors.Is(e, errHeld) || e.Fix != "" {
		t.Errorf("got %v", err)
	}
}
