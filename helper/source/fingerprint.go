package source

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"

	"golang.org/x/crypto/blake2s"

	"github.com/credential-iam/credential-iam/helper/wire"
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

// parseDocument reads a document as encoding/json would.
func parseDocument(doc []byte) (d document, err error) {
	if wire.Read(doc,
		wire.F("type", &d.kind), wire.F("universe_domain", &d.universe), wire.F("quota_project_id", &d.quotaProject),
		wire.F("client_id", &d.clientID), wire.F("refresh_token", &d.refreshToken), wire.F("token_uri", &d.tokenURI),
		wire.F("client_email", &d.clientEmail), wire.F("private_key_id", &d.privateKeyID),
		wire.F("audience", &d.audience), wire.F("token_url", &d.tokenURL), wire.F("subject_token_type", &d.subjectType),
		wire.F("service_account_impersonation_url", &d.impersonation), wire.F("workforce_pool_user_project", &d.workforceUser),
		wire.F("delegates", &d.delegates), wire.F("credential_source", &d.credentialSource), wire.F("source_credentials", &d.sourceDocument),
	) != nil {
		return document{}, errNotCredentials
	}
	return d, nil
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
	var sums []byte
	for _, p := range parts {
		sum := blake2s.Sum256([]byte(p))
		sums = append(sums, sum[:]...)
	}
	sum := blake2s.Sum256(sums)
	return hex.EncodeToString(sum[:])
}
