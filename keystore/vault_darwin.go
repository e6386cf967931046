package keystore

import (
	"context"
	"errors"
	"os/exec"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/credential-iam/credential-iam/keystore/internal/keychaindump"
)

const (
	keyringTitle = "Keychain"
	readLimit    = 2 * time.Second
	writeLimit   = 3 * time.Second
)

// keychain is the login keychain, by go-keyring, which runs /usr/bin/security.
// securityd fails calls that come at the same time, so all processes of the user
// take turns. An entry can have about 2,950 bytes. A login keychain that is
// locked makes the system show its own dialog, which no program can forbid; the
// call is over at its deadline all the same.
type keychain struct{ getenv func(string) string }

func newVault(o Options) vault { return keychain{o.Getenv} }

// turn waits for this process's turn. Without locks it goes ahead.
func (k keychain) turn(ctx context.Context) (done func(), err error) {
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

// check has nothing to ask: every call that shows that the keychain is locked
// would ask for its password.
func (keychain) check(context.Context) error { return nil }

func (k keychain) get(ctx context.Context, service, user string) (string, error) {
	done, err := k.turn(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	v, err := gokeyring.Get(service, user)
	return v, keychainError(err)
}

func (k keychain) set(ctx context.Context, service, user, value string) error {
	done, err := k.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	return keychainError(gokeyring.Set(service, user, value))
}

func (k keychain) remove(ctx context.Context, service, user string) error {
	done, err := k.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := keychainError(gokeyring.Delete(service, user)); !errors.Is(err, ErrNotFound) {
		return err
	}
	return nil
}

// list reads the attributes of all items; without -d no secret is read and
// nothing prompts.
func (k keychain) list(ctx context.Context, service string) ([]string, error) {
	done, err := k.turn(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	out, err := exec.CommandContext(ctx, "/usr/bin/security", "dump-keychain").Output()
	if err != nil {
		return nil, keychainError(err)
	}
	return keychaindump.Accounts(out, service), nil
}

// keychainError names an error of go-keyring as the package does. What security
// printed is left out: it can hold a part of the command, and so of the secret.
func keychainError(err error) error {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gokeyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, gokeyring.ErrSetDataTooBig):
		return ErrTooBig
	case errors.As(err, &exit) && exit.Exited():
		return securityExit(exit.ExitCode())
	case errors.As(err, &exit):
		return unavailable("security: " + exit.ProcessState.String())
	}
	return unavailable("security cannot be run")
}
