//go:build unix

package keystore

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain"
)

// NewKeychain is macOS's keyring on the program at path.
func NewKeychain(path string, o Options, limit time.Duration) Choice {
	v := keychainVault{o.Getenv, keychain.Tool{Path: path}, o.Unchecked}
	return Choice{Store: &keyring{vault: v, clock: o.clock(), getenv: o.Getenv, read: limit, write: limit, end: time.Minute}}
}

// Check is the check by which a keyring is opened.
func Check(ctx context.Context, c Choice) error { return c.Store.(*keyring).check(ctx) }
