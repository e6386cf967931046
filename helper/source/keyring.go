package source

import (
	"context"
	"errors"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// AddCommand is the command by which a person has the keyring keep the identity in a
// file; "" is one that is not known.
func AddCommand(name, file string) string {
	if file == "" {
		return "credential-iam source add " + helper.ShellWord(name) + " --from FILE"
	}
	return "credential-iam source add " + helper.ShellWord(name) + " --from " + helper.ShellWord(file)
}

// inKeyring is an identity that the platform's keyring keeps.
var inKeyring = place{
	name: "keyring", argument: "NAME", check: keystore.CheckIdentity,
	find: func(ctx context.Context, f Finder, name string) (helper.Source, error) {
		return keyringSource(ctx, f.Env, name, f.Identities)
	},
}

// keyringSource names an identity that "credential-iam source add" keeps.
func keyringSource(ctx context.Context, env helper.Env, name string, ids Identities) (helper.Source, error) {
	add := AddCommand(name, "")
	if ids == nil {
		return helper.Source{}, missing("keyring:"+name, "this program cannot read the keyring", "")
	}
	doc, err := ids.Get(ctx, name)
	if err != nil {
		if errors.Is(err, keystore.ErrNotFound) {
			return helper.Source{}, missing("keyring:"+name, "the keyring has no such identity", add)
		}
		e := missing("keyring:"+name, err.Error(), "credential-iam help keystores")
		e.Cause = err
		return helper.Source{}, e
	}
	d, err := Parse([]byte(doc.Reveal()))
	if err == nil {
		err = d.Known()
	}
	if err != nil {
		return helper.Source{}, missing("keyring:"+name, err.Error(), add)
	}
	return d.sourceIn(env, helper.Source{Kind: "keyring", Name: name, From: bySource}), nil
}
