package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// session is a D-Bus session with an unlocked gnome-keyring.
type session struct{ env []string }

// startSession starts one, once; false and a note where it cannot be had.
func (b *bench) startSession(ctx context.Context) bool {
	if b.session != nil {
		return true
	}
	t := &part{ctx: ctx}
	done := make(chan []string, 1)
	go func() {
		defer close(done)
		for _, e := range keystoretest.SecretService(t) {
			// Our homes stay our own.
			if strings.HasPrefix(e, "DBUS_SESSION_BUS_ADDRESS=") {
				done <- []string{e}
			}
		}
	}()
	env, ok := <-done
	b.ends = append(b.ends, t.end)
	if !ok {
		b.note("warm", "keyring", t.err)
		return false
	}
	b.session = &session{env}
	return true
}

// part is the testing.TB of a part that the tests start with one: here its end
// is ours, and what it lacks is an error. The goroutine that has it must be its
// own, since a part that gives up ends it.
type part struct {
	testing.TB // the methods that no part uses
	ctx        context.Context
	ends       []func()
	err        error
}

func (p *part) Helper() {}

func (p *part) Cleanup(end func()) { p.ends = append(p.ends, end) }

func (p *part) Context() context.Context { return p.ctx }

func (p *part) Failed() bool { return false }

func (p *part) Logf(string, ...any) {}

func (p *part) Fatal(args ...any) { p.give(fmt.Sprint(args...)) }

func (p *part) Fatalf(format string, args ...any) { p.give(fmt.Sprintf(format, args...)) }

func (p *part) Skipf(format string, args ...any) { p.give(fmt.Sprintf(format, args...)) }

func (p *part) give(why string) {
	p.err = errors.New(why)
	runtime.Goexit()
}

func (p *part) end() {
	for _, end := range slices.Backward(p.ends) {
		end()
	}
}
