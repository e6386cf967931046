package identity

import (
	"context"
	"errors"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/keystore"
)

// inspect says of what type a credential document is and whose, without a call;
// the error is that of the client that would use it.
func (k Keeper) inspect(ctx context.Context, doc keystore.Secret) (kind, principal string, err error) {
	client := iam.New(iam.Options{Env: k.Env, Identities: given{doc}, Store: k.Store, Version: helper.Version()})
	id, err := client.Known(ctx, helper.Target{
		Token: helper.Access, Source: helper.Source{Kind: "keyring", Name: "the document"},
	})
	var e *helper.Error
	if errors.As(err, &e) {
		err = errors.New(e.Reason) // what it is about, the caller says better
	}
	if err != nil {
		return "", "", err
	}
	return id.Kind, id.Who(), nil
}

// given is the one identity at hand.
type given struct{ doc keystore.Secret }

// Get returns the document, whatever the name.
func (g given) Get(context.Context, string) (keystore.Secret, error) { return g.doc, nil }
