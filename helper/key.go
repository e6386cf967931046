package helper

import (
	"encoding/hex"

	"golang.org/x/crypto/blake2s"

	"github.com/credential-iam/credential-iam/helper/wire"
	"github.com/credential-iam/credential-iam/keystore"
)

// Key returns the name of the target's cache entry: a digest of everything that
// decides the token, so that another identity, chain, scope or audience never
// sees it. Hosts that want the same token share the entry; a plugin's
// credential is for its host alone.
//
// It is a digest of the message that the core would get, less what decides
// nothing: a field that is added to [Target.Fields] is in it.
func (t Target) Key() keystore.Key {
	kind := string(t.Token)
	if t.Issuer != Google {
		kind = "issuer"
	}
	decisive := t.decisive()
	sum := blake2s.Sum256(wire.Append(make([]byte, 0, 1024), decisive.Fields()...))
	return keystore.NewKey(kind, t.ServiceAccount, hex.EncodeToString(sum[:16]))
}

// decisive returns the target without the fields that decide nothing about its
// token. This is the one list of them.
func (t Target) decisive() Target {
	// How the answer is presented, logged and kept.
	t.Username, t.OwnUsername, t.RequestReason, t.Keystore = "", false, "", ""
	// Where the source identity is and how it was found. Its fingerprint says
	// whose it is.
	t.Source.Path, t.Source.Name, t.Source.From, t.Source.Takes = "", "", "", 0
	if t.Issuer == Google {
		// Google's token is the same for every host; a plugin's is for the one
		// that is asked for.
		t.Protocol, t.Host, t.Path, t.Options = "", "", "", nil
	}
	return t
}
