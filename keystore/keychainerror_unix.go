//go:build unix

package keystore

import (
	"errors"

	"github.com/credential-iam/credential-iam/keystore/internal/keychain"
)

const (
	// unlockKeychain asks for the password in the terminal, also over SSH.
	unlockKeychain = "security unlock-keychain"
	// defaultKeychain makes the login keychain, which is there, the one to write to.
	defaultKeychain = "security default-keychain -d user -s login.keychain-db"
	// makeKeychain makes it first, with a password that it asks for, and adds it to those
	// that are searched: -s alone would replace the list.
	makeKeychain = "security create-keychain login.keychain-db && " + defaultKeychain +
		" && { echo login.keychain-db; security list-keychains -d user; } | xargs security list-keychains -d user -s"
)

// fixable is an error with the command that fixes its cause.
type fixable struct {
	error
	command string
}

func (f fixable) Unwrap() error { return f.error }

func (f fixable) Fix() string { return f.command }

// keychainError names a failure of macOS's security as the package does, with the
// command that fixes it. login is whether the login keychain is there.
func keychainError(err error, login bool) error {
	var f *keychain.Failure
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keychain.ErrTooBig):
		return ErrTooBig
	case !errors.As(err, &f):
		return err // of the context
	}
	switch f.Kind {
	case keychain.NotFound:
		return ErrNotFound
	case keychain.NotAllowed:
		return fixable{because{ErrLocked, "macOS cannot ask for its password in this session"}, unlockKeychain}
	case keychain.Refused:
		return fixable{because{ErrLocked, "macOS refused the password or the access"}, unlockKeychain}
	case keychain.Canceled:
		return fixable{because{ErrLocked, "the dialog of macOS was dismissed"}, unlockKeychain}
	case keychain.NoDefault:
		fix := makeKeychain
		if login {
			fix = defaultKeychain
		}
		return fixable{unavailable("there is no default keychain"), fix}
	case keychain.None:
		return unavailable("macOS has no keychain for this session")
	}
	return unavailable(f.Error())
}
