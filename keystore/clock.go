package keystore

import "time"

// clock is the local clock, and knows whether it was set back. The local clock
// can be: by a person, by a machine without a battery, by a snapshot that is
// restored. An entry would then seem to live longer than it does. What cannot be
// set is how long the machine runs: the moment of its start, by the local clock,
// moves into the past exactly as far as the clock was set back. (It moves into
// the future when the clock is set forward and when the machine is started again;
// then an entry seems to die earlier than it does, which costs a mint.)
type clock struct {
	now func() time.Time
	// uptime is for how long the machine runs, sleep included; nil or 0 where
	// that is unknown.
	uptime func() time.Duration
}

func (o Options) clock() clock {
	c := clock{o.Now, o.Uptime}
	if c.uptime == nil {
		c.uptime = uptime
	}
	return c
}

// leastBack is how far the clock must have been set back to count: the two clocks
// are not read at the same moment.
const leastBack = 5 * time.Second

// started is when the machine started, by the local clock, in Unix milliseconds,
// 0 where that is unknown.
func (c clock) started(now time.Time) int64 {
	if c.uptime == nil {
		return 0
	}
	up := c.uptime()
	if up <= 0 {
		return 0
	}
	return max(0, now.Add(-up).UnixMilli())
}

// setBack is how far the clock was set back since an entry was written for which
// the machine had started at that moment.
func (c clock) setBack(started int64, now time.Time) time.Duration {
	is := c.started(now)
	if started == 0 || is == 0 {
		return 0
	}
	back := time.UnixMilli(started).Sub(time.UnixMilli(is))
	if back < leastBack {
		return 0
	}
	return back
}
