package helper

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
)

// document is what identifies the principal of a source identity, of every type
// that Google's libraries read. What rotates by itself (a subject token) is not
// in it; what another person would have differently is.
type document struct {
	kind, universe, quotaProject     string
	clientID, refreshToken, tokenURI string
	clientEmail, privateKeyID        string
	audience, tokenURL, subjectType  string
	impersonation, workforceUser     string
	delegates                        []string
	credentialSource, sourceDocument []byte
}

// errNotCredentials says nothing of what stands in the document: it may be a
// secret.
var errNotCredentials = errors.New("it is not a credential file (not a JSON object)")

// parseDocument reads a document as encoding/json would: names without regard
// to case, the last one of a name counts, and null changes no string.
func parseDocument(doc []byte) (d document, err error) {
	if checkJSON(doc) != nil || kind(doc) != '{' && kind(doc) != 'n' {
		return d, errNotCredentials
	}
	for name, value := range members(doc) {
		if text := d.text(name); text != nil {
			switch value[0] {
			case '"':
				*text = jsonString(value)
			case 'n':
			default:
				return d, errNotCredentials
			}
			continue
		}
		switch {
		case strings.EqualFold(name, "delegates"):
			if json.Unmarshal(value, &d.delegates) != nil {
				return d, errNotCredentials
			}
		case strings.EqualFold(name, "credential_source"):
			d.credentialSource = value
		case strings.EqualFold(name, "source_credentials"):
			d.sourceDocument = value
		}
	}
	return d, nil
}

// text returns where the string of that name belongs, nil if nowhere.
func (d *document) text(name string) *string {
	for _, field := range [...]struct {
		name string
		text *string
	}{
		{"type", &d.kind}, {"universe_domain", &d.universe}, {"quota_project_id", &d.quotaProject},
		{"client_id", &d.clientID}, {"refresh_token", &d.refreshToken}, {"token_uri", &d.tokenURI},
		{"client_email", &d.clientEmail}, {"private_key_id", &d.privateKeyID},
		{"audience", &d.audience}, {"token_url", &d.tokenURL}, {"subject_token_type", &d.subjectType},
		{"service_account_impersonation_url", &d.impersonation}, {"workforce_pool_user_project", &d.workforceUser},
	} {
		if strings.EqualFold(name, field.name) {
			return field.text
		}
	}
	return nil
}

// Fingerprint returns a digest that tells one source identity from every other,
// from which no secret can be had back. A document that is not JSON is an
// error; one of an unknown type is told apart by all its bytes.
func Fingerprint(doc []byte) (string, error) {
	return fingerprint(doc, 0)
}

func fingerprint(doc []byte, depth int) (string, error) {
	d, err := parseDocument(doc)
	if err != nil {
		return "", err
	}
	common := []string{d.kind, d.universe, d.quotaProject}
	switch d.kind {
	case "authorized_user":
		return Digest(append(common, d.clientID, d.refreshToken, d.tokenURI)...), nil
	case "service_account":
		return Digest(append(common, d.clientEmail, d.privateKeyID, d.tokenURI)...), nil
	case "external_account":
		return Digest(append(common, d.audience, d.tokenURL, d.subjectType, compact(d.credentialSource),
			d.impersonation, d.workforceUser, d.clientID)...), nil
	case "external_account_authorized_user":
		return Digest(append(common, d.audience, d.clientID, d.refreshToken, d.tokenURL)...), nil
	case "impersonated_service_account":
		if depth >= 4 {
			return "", errors.New("its source_credentials are nested too deep")
		}
		inner, err := fingerprint(d.sourceDocument, depth+1)
		if err != nil {
			return "", errors.New("its source_credentials are not a credential document")
		}
		parts := append(common, d.impersonation, inner)
		return Digest(append(parts, d.delegates...)...), nil
	}
	return Digest("other", string(doc)), nil
}

// compact returns a JSON value without white space; the file may be formatted
// anew without becoming another identity.
func compact(raw []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

// Digest returns a hash of the parts, which cannot be joined differently.
func Digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		sum := sha256.Sum256([]byte(p))
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
