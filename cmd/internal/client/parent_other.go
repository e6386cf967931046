//go:build !linux

package client

import (
	"os"
	"strconv"
)

// parent tells the process that runs this one from others of the same time.
func parent() string { return strconv.Itoa(os.Getppid()) }
