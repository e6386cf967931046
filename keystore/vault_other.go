//go:build !linux && !darwin && !windows

package keystore

import (
	"context"
	"time"
)

const (
	keyringTitle = "keyring"
	readLimit    = time.Second
	writeLimit   = time.Second
	endLimit     = 0
)

// noVault is the keyring of a system without a supported one.
type noVault struct{}

func newVault(Options) vault { return noVault{} }

var errNoVault = unavailable("no keyring is known for this system")

func (noVault) check(context.Context) error                         { return errNoVault }
func (noVault) get(context.Context, string, string) (string, error) { return "", errNoVault }
func (noVault) set(context.Context, string, string, string) error   { return errNoVault }
func (noVault) remove(context.Context, string, string) error        { return errNoVault }
func (noVault) list(context.Context, string) ([]string, error)      { return nil, errNoVault }
