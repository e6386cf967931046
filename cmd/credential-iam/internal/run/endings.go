package run

import (
	"context"
	"os"
	"os/signal"
)

// Endings are the signals, beside the interrupt, that end a process in the middle of
// its work: caught, so that it takes back what it has made. One that whoever started
// this process ignores stays ignored, as nohup has it.
type Endings struct {
	seen   chan os.Signal
	cancel context.CancelFunc
}

// Catch catches them until Stop. The context ends with the first.
func Catch(ctx context.Context) (context.Context, *Endings) {
	e := &Endings{seen: make(chan os.Signal, 1), cancel: func() {}}
	if caught := endings(); len(caught) > 0 { // none are all to package signal
		signal.Notify(e.seen, caught...)
		ctx, e.cancel = signal.NotifyContext(ctx, caught...)
	}
	return ctx, e
}

// Stop lets them through again. Where one has come, this process ends as it would have
// without Catch; it returns only where that cannot be, with an error that has the exit
// status.
func (e *Endings) Stop() error {
	e.cancel()
	signal.Stop(e.seen) // nothing comes in after it
	return e.came()
}

// came ends this process where one of the signals has come.
func (e *Endings) came() error {
	select {
	case s := <-e.seen:
		return endBy(s)
	default:
		return nil
	}
}
