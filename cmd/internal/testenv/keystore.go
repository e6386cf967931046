package testenv

import (
	"context"

	"github.com/credential-iam/credential-iam/keystore"
)

// CanOpen returns why a keystore cannot be used in the home.
func (h *Home) CanOpen(ctx context.Context, name string) error {
	_, err := keystore.Open(ctx, name, keystore.Options{Getenv: h.Getenv, Now: h.Helper().Now})
	return err
}

// Keystore is the first of the keystores that can be used in the home, or "" with
// the reason why the last one cannot. Tests state it in their configuration: a build
// machine is often a container, where nothing shared is used unasked.
func (h *Home) Keystore(ctx context.Context, names ...string) (name string, err error) {
	for _, name := range names {
		if err = h.CanOpen(ctx, name); err == nil {
			return name, nil
		}
	}
	return "", err
}
