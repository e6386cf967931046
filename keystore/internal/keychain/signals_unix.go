//go:build unix

package keychain

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// signalDelay is how long the system has to give this process a signal of its own.
const signalDelay = 500 * time.Millisecond

// told is what asks this process to end while the program runs. In a group of its own
// the program does not hear what a terminal says to ours, and its dialog would stay.
type told chan os.Signal

// listen begins to listen, except for what this process ignores.
func listen() told {
	t := make(told, 1)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(t, s)
		}
	}
	return t
}

// passOn ends the group of p, nil if there is none, with this process, until stop.
func (t told) passOn(p *os.Process) (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-over:
		case s := <-t:
			t.end(p, s)
		}
	}()
	return func() {
		close(over)
		<-done
		signal.Stop(t)
		select {
		case s := <-t:
			t.end(nil, s)
		default:
		}
	}
}

// end ends the group and says the signal again, for who else listens; where nobody
// does, it ends this process as it would have.
func (t told) end(p *os.Process, s os.Signal) {
	if p != nil {
		_ = endGroup(p)
	}
	signal.Stop(t)
	if n, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(os.Getpid(), n)
		// Any thread may get it, and so later: what called is not to go on meanwhile, and
		// end well, unless somebody else listens and has it go on.
		time.Sleep(signalDelay)
	}
}
