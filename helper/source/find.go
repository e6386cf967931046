package source

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// Identities reads source identities that a person keeps in the keyring.
type Identities interface {
	Get(ctx context.Context, name string) (keystore.Secret, error)
}

// LoginADC is the command by which a person leaves credentials for programs.
const LoginADC = "gcloud auth application-default login"

// bySource is how a source was found that is named: by the configuration's key
// or by the flag of that name.
const bySource = `"source"`

// Finder finds source identities, without a network call.
type Finder struct {
	Env        helper.Env
	Identities Identities
	// Gcloud returns gcloud's configuration; it is asked for when it is needed.
	Gcloud func() Gcloud
	// NamedBy says who named a file, and by what command another one is named.
	NamedBy func(spec string) (by, fix string)
}

// Find returns the source identity that spec names, and its fingerprint. spec is
// a value of the configuration's key "source", or "" for the default:
// application default credentials, then gcloud's account. An error has the code
// "no-source".
func (f Finder) Find(ctx context.Context, spec string) (helper.Source, error) {
	if f.Env.Unknown != nil {
		return helper.Source{}, f.Env.Unknown
	}
	if spec == "" {
		return f.findDefault()
	}
	p, argument, err := placeOf(spec)
	if err != nil {
		return helper.Source{}, missing(spec, err.Error(), "")
	}
	return p.find(ctx, f, argument)
}

// findDefault finds application default credentials, else gcloud's account.
func (f Finder) findDefault() (helper.Source, error) {
	if s, found, err := findADC(f.Env); found {
		return s, err
	}
	if s, ok := gcloudSource(f.Env, f.Gcloud()); ok {
		return s, nil
	}
	return helper.Source{}, noADC()
}

// missing is the error of a source identity that cannot be found or read.
func missing(what, why, hint string) *helper.Error {
	return &helper.Error{Who: helper.User, Op: "find source identity", Object: what, Reason: why, Hint: hint, Code: "no-source"}
}
