package iam

import "time"

// wall is the local time without Go's monotonic clock, which stands still while the
// machine sleeps.
func (c *Client) wall() time.Time { return c.env.Now().Round(0) }

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
