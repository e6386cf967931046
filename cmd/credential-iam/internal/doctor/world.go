package doctor

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/issuer"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Client is the part of the IAM client that looks without making a credential.
type Client interface {
	Identity(ctx context.Context, t helper.Target) (iam.Identity, error)
	Hops(ctx context.Context, t helper.Target) ([]iam.Hop, error)
}

// World is what is looked at.
type World struct {
	// Budget is how long all checks take at most; 0 means [Budget].
	Budget time.Duration
	Env    helper.Env
	// Environ is the environment of git; nil is that of this process.
	Environ []string
	// Bin is the folder of the installed programs, Version theirs.
	Bin, Version string
	// LookPath finds a program as exec.LookPath does, and AskVersion asks one of
	// the installed programs for its version.
	LookPath   func(name string) (string, error)
	AskVersion func(ctx context.Context, path, name string) (string, error)
	// SayVersion returns what "PROGRAM --version" prints.
	SayVersion func(ctx context.Context, path string) (string, error)
	// Identities reads source identities of the keyring.
	Identities source.Identities
	// Keystore opens a keystore by its configured name.
	Keystore func(ctx context.Context, name string) (keystore.Choice, error)
	Client   func(store keystore.Store) Client
	Mint     func(ctx context.Context, t helper.Target, store keystore.Store) (helper.Token, error)
	// Reach asks the API of a target for its time.
	Reach func(ctx context.Context, t helper.Target) (time.Time, error)
	// Issuer asks a plugin, pinned to a digest or "", what it is.
	Issuer func(ctx context.Context, name, pin string) (issuer.Description, error)
}
