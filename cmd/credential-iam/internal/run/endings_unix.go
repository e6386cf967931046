//go:build unix

package run

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// endings are those that are not ignored.
func endings() []os.Signal {
	return slices.DeleteFunc([]os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}, signal.Ignored)
}

// endBy ends this process by a signal, so that who waits for it sees that. From
// SIGQUIT Go's runtime would die with a dump of all that it does.
func endBy(s os.Signal) error {
	n, _ := s.(syscall.Signal)
	if n != syscall.SIGQUIT && syscall.Kill(os.Getpid(), n) == nil {
		time.Sleep(time.Second) // it comes to any thread
	}
	return &Ended{Code: 128 + int(n)}
}
