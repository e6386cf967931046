package keystore

import (
	"time"

	"golang.org/x/sys/unix"
)

// uptime is for how long the machine runs.
func uptime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}
