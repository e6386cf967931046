package iam

import "time"

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
