package helper

import (
	"bytes"
	"encoding/json"
	"errors"
)

// document is what identifies the principal of a source identity, of every type
// that Google's libraries read. What rotates by itself (a subject token) is not
// in it; what another person would have differently is.
type document struct {
	Type           string          `json:"type"`
	ClientID       string          `json:"client_id"`
	RefreshToken   string          `json:"refresh_token"`
	TokenURI       string          `json:"token_uri"`
	ClientEmail    string          `json:"client_email"`
	PrivateKeyID   string          `json:"private_key_id"`
	Audience       string          `json:"audience"`
	TokenURL       string          `json:"token_url"`
	SubjectType    string          `json:"subject_token_type"`
	Source         json.RawMessage `json:"credential_source"`
	Impersonation  string          `json:"service_account_impersonation_url"`
	WorkforceUser  string          `json:"workforce_pool_user_project"`
	Delegates      []string        `json:"delegates"`
	SourceDocument json.RawMessage `json:"source_credentials"`
	Universe       string          `json:"universe_domain"`
	QuotaProject   string          `json:"quota_project_id"`
}

// Fingerprint returns a digest that tells one source identity from every other,
// from which no secret can be had back. A document that is not JSON is an
// error; one of an unknown type is told apart by all its bytes.
func Fingerprint(doc []byte) (string, error) {
	return fingerprint(doc, 0)
}

func fingerprint(doc []byte, depth int) (string, error) {
	var d document
	if err := json.Unmarshal(doc, &d); err != nil {
		return "", errors.New("it is not a credential file (not a JSON object)")
	}
	common := []string{d.Type, d.Universe, d.QuotaProject}
	switch d.Type {
	case "authorized_user":
		return digest(append(common, d.ClientID, d.RefreshToken, d.TokenURI)...), nil
	case "service_account":
		return digest(append(common, d.ClientEmail, d.PrivateKeyID, d.TokenURI)...), nil
	case "external_account":
		return digest(append(common, d.Audience, d.TokenURL, d.SubjectType, compact(d.Source),
			d.Impersonation, d.WorkforceUser, d.ClientID)...), nil
	case "external_account_authorized_user":
		return digest(append(common, d.Audience, d.ClientID, d.RefreshToken, d.TokenURL)...), nil
	case "impersonated_service_account":
		if depth >= 4 {
			return "", errors.New("its source_credentials are nested too deep")
		}
		inner, err := fingerprint(d.SourceDocument, depth+1)
		if err != nil {
			return "", errors.New("its source_credentials are not a credential document")
		}
		parts := append(common, d.Impersonation, inner)
		return digest(append(parts, d.Delegates...)...), nil
	}
	return digest("other", string(doc)), nil
}

// compact returns a JSON value without white space; the file may be formatted
// anew without becoming another identity.
func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}
