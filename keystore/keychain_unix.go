//go:build unix

package keystore

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain"
)

// keychainVault is macOS's default keychain, by Apple's security. securityd fails
// calls that come at the same time, so all processes of the user take turns. An entry
// can have about 2,950 bytes. A keychain that is locked makes the system show its own
// dialog, which no program can forbid; security is ended at the call's deadline, and
// the dialog with it.
type keychainVault struct {
	getenv func(string) string
	tool   keychain.Tool
	// unchecked leaves check out, which costs a run of the program.
	unchecked bool
}

// turn waits for this process's turn. Without locks it goes ahead.
func (k keychainVault) turn(ctx context.Context) (done func(), err error) {
	locks, err := OpenLocks(k.getenv)
	if err != nil {
		return func() {}, nil
	}
	release, err := locks.Lock(ctx, "keychain")
	if err != nil && ctx.Err() == nil {
		return func() {}, nil
	}
	return release, err
}

// call takes a turn and names the error.
func (k keychainVault) call(ctx context.Context, f func() error) error {
	done, err := k.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = f()
	return keychainError(err, err != nil && k.login())
}

// login reports whether the user has a login keychain.
func (k keychainVault) login() bool {
	home := k.getenv("HOME")
	_, err := os.Stat(filepath.Join(home, "Library", "Keychains", "login.keychain-db"))
	return home != "" && err == nil
}

// check asks for the default keychain. Whether it is locked is not asked: that would
// prompt.
func (k keychainVault) check(ctx context.Context) error {
	if k.unchecked {
		return nil
	}
	return k.call(ctx, func() error { return k.tool.Default(ctx) })
}

func (k keychainVault) get(ctx context.Context, service, user string) (secret string, err error) {
	err = k.call(ctx, func() error {
		secret, err = k.tool.Get(ctx, service, user)
		return err
	})
	return secret, err
}

func (k keychainVault) set(ctx context.Context, service, user, secret string) error {
	return k.call(ctx, func() error { return k.tool.Set(ctx, service, user, secret) })
}

func (k keychainVault) remove(ctx context.Context, service, user string) error {
	err := k.call(ctx, func() error { return k.tool.Delete(ctx, service, user) })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (k keychainVault) list(ctx context.Context, service string) (users []string, err error) {
	err = k.call(ctx, func() error {
		users, err = k.tool.Accounts(ctx, service)
		return err
	})
	return users, err
}
