package source

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

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
	kind, arg, _ := strings.Cut(spec, ":")
	switch kind {
	case "file":
		if rest, ok := strings.CutPrefix(arg, "~/"); ok {
			arg = filepath.Join(f.Env.HomeDir, rest)
		}
		return fileSource(arg, bySource, func() (by, fix string) { return f.NamedBy(spec) })
	case "keyring":
		return keyringSource(ctx, arg, f.Identities)
	case "metadata":
		return metadataSource(f.Env, bySource), nil
	case "gcloud":
		if s, ok := gcloudSource(f.Env, f.Gcloud()); ok {
			return s, nil
		}
		return helper.Source{}, missing("gcloud", "gcloud has no active account", "gcloud auth login")
	}
	if s, found, err := adcSource(f.Env); found {
		return s, err
	}
	if spec == "" {
		if s, ok := gcloudSource(f.Env, f.Gcloud()); ok {
			return s, nil
		}
	}
	return helper.Source{}, missing("application default credentials",
		"there is no GOOGLE_APPLICATION_CREDENTIALS, no application_default_credentials.json, no metadata server and no gcloud account", LoginADC)
}

// missing is the error of a source identity that cannot be found or read.
func missing(what, why, hint string) *helper.Error {
	return &helper.Error{Who: helper.User, Op: "find source identity", Object: what, Reason: why, Hint: hint, Code: "no-source"}
}

// adcSource finds application default credentials as Google's libraries do: the
// variable, gcloud's well-known file, the metadata server.
func adcSource(env helper.Env) (s helper.Source, found bool, err error) {
	if path := env.Getenv("GOOGLE_APPLICATION_CREDENTIALS"); path != "" {
		const name = "GOOGLE_APPLICATION_CREDENTIALS"
		s, err = fileSource(path, name, func() (by, fix string) { return name, "unset " + name })
		return s, true, err
	}
	if dir := GcloudDir(env); dir != "" {
		path := filepath.Join(dir, "application_default_credentials.json")
		const name = "application default credentials"
		s, err = fileSource(path, name, func() (by, fix string) { return name, LoginADC })
		if !errors.Is(err, fs.ErrNotExist) {
			return s, true, err
		}
	}
	if from := onGoogleCloud(env); from != "" {
		return metadataSource(env, from), true, nil
	}
	return helper.Source{}, false, nil
}
