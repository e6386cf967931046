package keystore

import (
	"time"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain"
)

const (
	keyringTitle = "Keychain"
	readLimit    = 2 * time.Second
	writeLimit   = 3 * time.Second
	endLimit     = time.Second
)

func newVault(o Options) vault {
	return keychainVault{o.Getenv, keychain.Tool{Path: "/usr/bin/security"}, o.Unchecked}
}
