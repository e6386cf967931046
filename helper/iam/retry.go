package iam

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// attempt runs one attempt within its time and returns what went wrong, or nil.
func (c *Client) attempt(ctx context.Context, limit time.Duration, f func(context.Context) error) *failure {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ctx, x := withExchange(ctx)
	err := f(ctx)
	if err == nil {
		return nil
	}
	return newFailure(ctx, x, err)
}

// retry repeats an attempt while another may help, there are attempts left and
// the pause before it ends within the operation's time. The pauses are those of
// Google's own clients: 100 ms, growing by 1.3, with jitter; a server that says
// how long to wait is obeyed.
func (c *Client) retry(ctx context.Context, what string, f func(context.Context) error) *failure {
	return c.retryWithin(ctx, what, c.limits.attempt, f)
}

// retryWithin is retry with another limit of one attempt.
func (c *Client) retryWithin(ctx context.Context, what string, limit time.Duration, f func(context.Context) error) *failure {
	pause, begun := c.limits.firstPause, time.Now()
	for n := 1; ; n++ {
		start := time.Now()
		fail := c.attempt(ctx, limit, f)
		if fail == nil {
			c.env.Log.Printf("%s: done in %s", what, time.Since(start).Round(time.Millisecond))
			return nil
		}
		fail.attempts = n
		c.env.Log.Printf("%s: attempt %d failed after %s: status %d %s%s: %s", what, n,
			time.Since(start).Round(time.Millisecond), fail.status, fail.reason, fail.oauth, fail.message)
		early := fail.early && c.patient(begun)
		if again := fail.retry() && (fail.status == 0 || slices.Contains(c.limits.statuses, fail.status) || fail.throttled()); !early && !again {
			return fail
		}
		fail.spent = c.limits.attempts > 1 && !errors.Is(ctx.Err(), context.Canceled)
		if !early && n >= c.limits.attempts || ctx.Err() != nil {
			return fail
		}
		wait := time.Duration(float64(pause) * (0.5 + rand.Float64()/2))
		pause = min(time.Duration(float64(pause)*c.limits.factor), c.limits.maxPause)
		if early {
			wait = min(wait, c.limits.early/10)
		}
		if fail.retryAfter > 0 {
			wait = fail.retryAfter
		}
		if !c.pause(ctx, wait) {
			return fail
		}
	}
}

// patient reports whether a server that may not have started yet is waited for: by
// time and not by attempts, since on GKE it starts seconds after the pod. One that
// did not come is not waited for again at once.
func (c *Client) patient(begun time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(begun) < c.limits.early && time.Since(c.gaveUp) > time.Minute {
		return true
	}
	c.gaveUp = time.Now()
	return false
}

// pause waits, unless the operation's time would be over by then.
func (c *Client) pause(ctx context.Context, d time.Duration) bool {
	if !hasTime(ctx, d) {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// hasTime reports whether a context lasts longer than d.
func hasTime(ctx context.Context, d time.Duration) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > d
}

// within bounds a whole operation of the source identity, the program that may have
// to give its token not counted. A client without a limit of its own leaves that to
// the caller.
func (c *Client) within(ctx context.Context, id *identity) (context.Context, context.CancelFunc) {
	total := c.limits.total
	if total == 0 {
		if _, ok := ctx.Deadline(); ok {
			return context.WithCancel(ctx)
		}
		total = defaultTotal
	}
	return context.WithTimeout(ctx, total+id.takes)
}
