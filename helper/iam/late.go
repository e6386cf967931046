package iam

import (
	"context"
	"time"

	"google.golang.org/api/googleapi"
)

// timed makes a request for a token and reads the reply, with the time that the token's
// life is counted from.
func timed[R any](c *Client, do func() (R, error), read func(reply R, asked time.Time) (bearer, error)) (bearer, error) {
	asked := c.wall()
	reply, err := do()
	if err != nil {
		return bearer{}, err
	}
	return read(reply, c.counted(asked))
}

// mint makes one call of the API for a token, which goes to out if the check, with the
// server's date, finds nothing wrong.
func mint[R any](
	ctx context.Context, c *Client, out *bearer, do func(...googleapi.CallOption) (R, error),
	check func(reply R, date, asked time.Time) (bearer, error),
) error {
	x := exchangeOf(ctx)
	b, err := timed(c, func() (R, error) { return do() }, func(reply R, asked time.Time) (bearer, error) {
		c.learnClock(x.date)
		b, err := check(reply, x.date, asked)
		if err != nil {
			return bearer{}, badReply(x.host, err)
		}
		return b, nil
	})
	if err != nil {
		return err
	}
	*out = b
	return c.inTime(x.host, b.expires)
}

// wall is the local time without Go's monotonic clock, which stands still while the
// machine sleeps.
func (c *Client) wall() time.Time { return c.env.Now().Round(0) }

// counted is when the life of a token begins whose reply was asked for then: now, if the
// clock was set back meanwhile, since by that clock it was asked for in the future and
// would end as much too late.
func (c *Client) counted(asked time.Time) time.Time {
	if now := c.wall(); now.Before(asked) {
		return now
	}
	return asked
}

// over reports whether a source token has ended since it was obtained: the machine slept
// before the call that it was for. The next one is new.
func (c *Client) over(b bearer) bool { return !b.expires.After(c.wall()) }

// inTime is a failure if a token had ended by the time its reply was read: the machine
// slept or the process was stopped meanwhile, for longer than the token lives and
// without the end of the attempt's time, which sleeps too. Another attempt gets another
// token.
func (c *Client) inTime(host string, end time.Time) error {
	if end.After(c.wall()) {
		return nil
	}
	return &failure{host: host, offline: true, message: "the token had expired when the reply was read"}
}
