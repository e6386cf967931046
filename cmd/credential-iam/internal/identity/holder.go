package identity

import (
	"encoding/json"

	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// holder is whose a credential file is, as far as the file tells.
type holder struct {
	// print is its fingerprint without what a new key or login brings.
	print string
	// account is that of a person's login, where gcloud wrote it down.
	account string
}

// sameHolder reports whether one credential file may replace another: a new key or
// a new login of the same identity. What is no credential file is nobody's.
func sameHolder(a, b keystore.Secret) bool {
	one, err1 := holderOf(a)
	other, err2 := holderOf(b)
	if err1 != nil || err2 != nil || one.print != other.print {
		return false
	}
	return one.account == other.account || one.account == "" || other.account == ""
}

func holderOf(doc keystore.Secret) (holder, error) {
	raw, err := withoutRenewed([]byte(doc.Reveal()))
	if err != nil {
		return holder{}, err
	}
	var d struct {
		Account string `json:"account"`
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return holder{}, err
	}
	print, err := source.Fingerprint(raw)
	return holder{print, d.Account}, err
}

// withoutRenewed leaves out of a credential file what a new key or login of the
// same identity may have otherwise.
func withoutRenewed(raw []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil, err
	}
	for _, name := range []string{"client_id", "refresh_token", "private_key_id", "token_uri", "quota_project_id"} {
		delete(members, name)
	}
	if inner, ok := members["source_credentials"]; ok {
		left, err := withoutRenewed(inner)
		if err != nil {
			return nil, err
		}
		members["source_credentials"] = left
	}
	return json.Marshal(members)
}
