//go:build !linux && !darwin && !windows

package keystore

import "time"

// uptime is not known here.
func uptime() time.Duration { return 0 }
