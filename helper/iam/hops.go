package iam

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// Hop is the test of one step on the way from the source identity to the
// target.
type Hop struct {
	// From and To are the step; From is the source's principal for the first.
	From, To string
	// OK says that To could be reached, Denied that From lacks the right.
	OK, Denied bool
	// Skipped says that an earlier hop failed, so that nothing can be said.
	Skipped bool
	// Err says what is wrong and how to fix it; nil when OK or Skipped.
	Err *helper.Error
	// Took is the time of the call.
	Took time.Duration
}

// probeScope is the smallest scope of a token, and probeLife its lifetime: what a
// probe mints is discarded.
const (
	probeScope = "https://www.googleapis.com/auth/userinfo.email"
	probeLife  = 10 * time.Second
)

// Hops tests the way to the target hop by hop, each by a call for a token that
// lives ten seconds and is discarded, and says which hop is denied. The list is
// empty where no account is impersonated. An error is one of the parameters or of
// the source identity.
//
// A custom role can allow a hop in the middle of a chain (implicitDelegation)
// and deny the same hop at its end (getAccessToken), which is what is tested.
func (c *Client) Hops(ctx context.Context, t helper.Target) ([]Hop, error) {
	r, err := c.prepare(ctx, "impersonate", t)
	if err != nil {
		return nil, err
	}
	ctx, cancel := c.within(ctx, r.id)
	defer cancel()
	if len(r.way) == 0 {
		return nil, nil
	}
	if ask, ok := r.id.kind.(emailer); ok {
		// Only for its name in the report; the first hop says what is wrong.
		r.id.principal, _ = ask.email(ctx, c)
	}
	if _, err := c.sourceToken(ctx, r.id, []string{cloudPlatform}, anyToken, r.legs(r.way)[0].endpoint); err != nil {
		return nil, c.explain(ctx, r, err)
	}
	return c.testHops(ctx, r), nil
}

// testHops tests every hop until one fails.
func (c *Client) testHops(ctx context.Context, r *request) []Hop {
	hops := make([]Hop, 0, len(r.way))
	from, broken := r.id.who(), false
	for i, to := range r.way {
		h := Hop{From: from, To: to, Skipped: broken}
		if !broken {
			one := *r
			one.op, one.object, one.way, one.role = "impersonate", to, r.way[:i+1], tokenCreator
			start := time.Now()
			var b bearer
			err := c.travel(ctx, &one, one.legs(one.way), c.accessMethod([]string{probeScope}, probeLife, &b))
			h.Took, h.OK = time.Since(start), err == nil
			if err != nil {
				f := asFailure(err, false)
				broken, h.Denied = true, f.denied()
				h.Err = one.explainAs(f, i)
			}
		}
		hops = append(hops, h)
		from = to
	}
	return hops
}

// likelyHop finds the hop of a denied chain that denies: the reply of the chain
// does not name it.
func (c *Client) likelyHop(ctx context.Context, r *request) (i int, found bool) {
	if len(r.way) < 2 || ctx.Err() != nil {
		return 0, false
	}
	for i, h := range c.testHops(ctx, r) {
		if h.Denied || h.Err != nil && errors.Is(h.Err, errNoAccount) {
			return i, true
		}
		if !h.OK {
			return 0, false
		}
	}
	// Each hop alone is allowed, so the last one with its own method is not.
	return len(r.way) - 1, true
}
