package keystore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Identities keeps the long-lived source identities that a person adds: ADC and
// key documents, whole, in the platform's persistent keyring (Keychain,
// Credential Manager, Secret Service), under a service of their own that no purge
// of entries touches. There is no fallback: a machine without such a keyring has
// ErrUnavailable.
//
// The checks and deadlines are those of the back end "keyring". With
// Options.Interactive a locked keyring may ask the person, for two minutes.
type Identities struct{ k *keyring }

// maxIdentity bounds a document; the platforms have lower limits of their own
// (Windows 2,560 bytes, macOS about 2,950).
const maxIdentity = 64 << 10

// OpenIdentities returns the identities of this user. It touches nothing.
func OpenIdentities(o Options) Identities { return Identities{newKeyring(o)} }

// Get returns the identity of that name. The error is ErrNotFound, ErrLocked,
// ErrUnavailable or ErrTimeout.
func (i Identities) Get(ctx context.Context, name string) (Secret, error) {
	if err := CheckIdentity(name); err != nil {
		return Secret{}, err
	}
	v, err := within(ctx, i.k, i.k.read, func(ctx context.Context) (string, error) {
		return i.k.vault.get(ctx, identityService, name)
	})
	if err != nil {
		return Secret{}, fmt.Errorf("source identity %q: %w", name, err)
	}
	return NewSecret(v), nil
}

// Add keeps an identity, replacing one of the same name. It has been read back
// and compared when the error is nil. The error is ErrTooBig where the platform
// cannot hold it.
func (i Identities) Add(ctx context.Context, name string, document Secret) error {
	if err := CheckIdentity(name); err != nil {
		return err
	}
	if document.Empty() {
		return fmt.Errorf("source identity %q: the document is empty", name)
	}
	if len(document.Reveal()) > maxIdentity {
		return fmt.Errorf("source identity %q: %w", name, ErrTooBig)
	}
	err := i.k.do(ctx, i.k.write, func(ctx context.Context) error {
		if err := i.k.vault.set(ctx, identityService, name, document.Reveal()); err != nil {
			return err
		}
		got, err := i.k.vault.get(ctx, identityService, name)
		if errors.Is(err, ErrNotFound) || err == nil && got != document.Reveal() {
			return differs(name)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("source identity %q: %w", name, err)
	}
	return nil
}

// List returns the names of all identities, sorted.
func (i Identities) List(ctx context.Context) ([]string, error) {
	names, err := within(ctx, i.k, i.k.write, func(ctx context.Context) ([]string, error) {
		return i.k.vault.list(ctx, identityService)
	})
	slices.Sort(names)
	return slices.Compact(names), err
}

// Remove deletes an identity. The error is ErrNotFound if there is none.
func (i Identities) Remove(ctx context.Context, name string) error {
	if _, err := i.Get(ctx, name); errors.Is(err, ErrNotFound) || CheckIdentity(name) != nil {
		return err
	}
	err := i.k.do(ctx, i.k.write, func(ctx context.Context) error {
		return i.k.vault.remove(ctx, identityService, name)
	})
	if err != nil {
		return fmt.Errorf("source identity %q: %w", name, err)
	}
	return nil
}

// CheckIdentity checks the name of an identity: 1 to 64 of A-Z a-z 0-9 . _ -
func CheckIdentity(name string) error {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	if name == "" || len(name) > 64 || strings.Trim(name, plain) != "" {
		return fmt.Errorf("source identity %q: a name has 1 to 64 of A-Z a-z 0-9 . _ -", name)
	}
	return nil
}
