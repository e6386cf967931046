package keystore

import (
	"time"

	"golang.org/x/sys/windows"
)

// uptime is for how long the machine runs.
func uptime() time.Duration { return windows.DurationSinceBoot() }
