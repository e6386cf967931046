package issuer

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
)

// Minter makes credentials by the plugin that a target names.
type Minter struct {
	Options HostOptions
	// Identity returns the identity that a target impersonates. It should make
	// no call of its own yet: the plugin may need none.
	Identity func(ctx context.Context, t helper.Target) (Identity, error)
}

// Mint returns a credential for the target by its issuer plugin. An Identity with
// a method Fingerprint() string reports which source identity was really used.
func (m Minter) Mint(ctx context.Context, t helper.Target) (helper.Token, error) {
	h, err := Open(ctx, t.Issuer, m.Options)
	if err != nil {
		return helper.Token{}, err
	}
	id, err := m.Identity(ctx, t)
	if err != nil {
		return helper.Token{}, err
	}
	token, err := h.Issue(ctx, t, id)
	if err != nil {
		return helper.Token{}, err
	}
	if f, ok := id.(interface{ Fingerprint() string }); ok {
		token.Fingerprint = f.Fingerprint()
	}
	return token, nil
}
