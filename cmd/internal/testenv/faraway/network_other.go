//go:build !linux

package faraway

import (
	"context"
	"errors"
	"net"
	"runtime"
	"time"
)

// Network is one.
type Network struct{}

var errSystem = errors.New("no network of its own on " + runtime.GOOS)

// New fails: it takes Linux.
func New(context.Context, time.Duration, ...string) (*Network, error) { return nil, errSystem }

// Listen fails.
func (*Network) Listen(string) (net.Listener, error) { return nil, errSystem }

// Enter is what goes before a command.
func (*Network) Enter() []string { return nil }

// Close ends nothing.
func (*Network) Close() {}
