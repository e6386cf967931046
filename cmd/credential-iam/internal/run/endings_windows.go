package run

import (
	"os"
	"syscall"
)

// endings is what Go makes of a console that is closed, a logoff and a shutdown.
func endings() []os.Signal { return []os.Signal{syscall.SIGTERM} }

// endBy is the exit status of a process that is ended.
func endBy(os.Signal) error { return &Ended{Code: 1} }
