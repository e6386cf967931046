package identity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// credentialFields are the members that matter, by the type of a credential
// file. Everything else (project_id, auth_uri, certificate URLs, ...) is for
// people and for other programs.
var credentialFields = map[string][]string{
	"authorized_user": {"client_id", "client_secret", "refresh_token", "token_uri"},
	"service_account": {"client_email", "private_key_id", "private_key", "token_uri"},
	"external_account": {
		"audience", "subject_token_type", "token_url", "credential_source", "service_account_impersonation_url",
		"service_account_impersonation", "workforce_pool_user_project", "client_id", "client_secret",
	},
	"external_account_authorized_user": {"audience", "client_id", "client_secret", "refresh_token", "token_url"},
	"impersonated_service_account":     {"service_account_impersonation_url", "delegates", "source_credentials"},
}

// commonFields are the members of every type, the type first.
var commonFields = []string{"type", "account", "universe_domain", "quota_project_id"}

const maxCredentialNesting = 4

// compactCredential returns a credential file with nothing in it that is not
// needed to sign in. It is the same identity as before: its fingerprint has not
// changed, so that tokens cached for the file are found for the copy. No error
// tells anything of the content but the type.
func compactCredential(raw []byte) (keystore.Secret, error) {
	b, err := compactDocument(raw, 0)
	if err != nil {
		return keystore.Secret{}, err
	}
	before, err1 := source.Fingerprint(raw)
	after, err2 := source.Fingerprint(b)
	if err1 != nil || err2 != nil || before != after {
		return keystore.Secret{}, errors.New("its members are not spelled as Google's tools spell them")
	}
	return keystore.NewSecret(string(b)), nil
}

func compactDocument(raw []byte, depth int) ([]byte, error) {
	if depth > maxCredentialNesting {
		return nil, errors.New("its source_credentials are nested too deep")
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members == nil {
		return nil, errors.New("it is not a credential file (not a JSON object)")
	}
	var kind string
	if members["type"] != nil && json.Unmarshal(members["type"], &kind) != nil {
		return nil, errors.New("its type is not a string")
	}
	fields, known := credentialFields[kind]
	switch {
	case kind == "":
		return nil, errors.New("it has no type, so it is not a credential file (nor is an OAuth client file)")
	case !known:
		return nil, fmt.Errorf("its type %q is not supported", helper.OneLine(kind, 60))
	}
	if inner := members["source_credentials"]; kind == "impersonated_service_account" && inner != nil {
		b, err := compactDocument(inner, depth+1)
		if err != nil {
			return nil, fmt.Errorf("its source_credentials: %w", err)
		}
		members["source_credentials"] = b
	}
	return encodeMembers(members, append(commonFields[:len(commonFields):len(commonFields)], fields...))
}

// encodeMembers writes the members named that there are, in that order and
// without white space. Values keep their spelling and the order inside them.
func encodeMembers(members map[string]json.RawMessage, names []string) ([]byte, error) {
	var b bytes.Buffer
	for _, name := range names {
		value, ok := members[name]
		if !ok || string(value) == `""` || string(value) == "null" {
			continue
		}
		sep := byte(',')
		if b.Len() == 0 {
			sep = '{'
		}
		b.WriteByte(sep)
		b.WriteString(`"` + name + `":`)
		if err := json.Compact(&b, value); err != nil {
			return nil, errors.New("it is not a credential file (not a JSON object)")
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// credentialUniverse returns the universe that a document belongs to, "" for the
// usual one.
func credentialUniverse(doc keystore.Secret) (string, error) {
	var d struct {
		Universe string `json:"universe_domain"`
	}
	if json.Unmarshal([]byte(doc.Reveal()), &d) != nil {
		return "", errors.New("it is not a credential file (not a JSON object)")
	}
	if d.Universe == "" {
		d.Universe = helper.DefaultUniverse
	}
	return d.Universe, nil
}
