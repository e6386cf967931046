package source

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// SubjectKind is where a federation has the token of the outside identity from.
type SubjectKind string

// The kinds of a credential_source.
const (
	SubjectFile        SubjectKind = "file"
	SubjectURL         SubjectKind = "url"
	SubjectExecutable  SubjectKind = "executable"
	SubjectAWS         SubjectKind = "AWS"
	SubjectCertificate SubjectKind = "certificate"
)

// Subject is the credential_source of a federation.
type Subject struct {
	File    string
	URL     string
	Headers map[string]string
	// Format is "json" or "text", and Field the member of the JSON.
	Format, Field string

	Command, OutputFile string
	TimeoutMillis       *int64

	EnvironmentID, RegionURL, VerificationURL, SessionURL string

	executable, certificate []byte
}

// Subject returns the document's credential_source.
func (d *Document) Subject() (Subject, error) {
	var s Subject
	value := d.has("credential_source")
	if value == nil {
		return s, nil
	}
	var millis int64 = -1 << 62
	err := wire.Read(value,
		wire.F("file", &s.File), wire.F("url", &s.URL), wire.F("headers", &s.Headers),
		wire.F("format", []wire.Field{wire.F("type", &s.Format), wire.F("subject_token_field_name", &s.Field)}),
		wire.F("executable", &s.executable), wire.F("certificate", &s.certificate),
		wire.F("environment_id", &s.EnvironmentID), wire.F("region_url", &s.RegionURL),
		wire.F("regional_cred_verification_url", &s.VerificationURL), wire.F("imdsv2_session_token_url", &s.SessionURL),
	)
	if err == nil && s.executable != nil {
		err = wire.Read(s.executable, wire.F("command", &s.Command), wire.F("output_file", &s.OutputFile), wire.F("timeout_millis", &millis))
	}
	if err != nil {
		return s, errors.New("it is not a credential file (in its credential_source " + err.Error() + ")")
	}
	if millis != -1<<62 {
		s.TimeoutMillis = &millis
	}
	return s, nil
}

// Kind returns the kind of the credential_source.
func (s Subject) Kind() (SubjectKind, error) {
	switch {
	case s.certificate != nil:
		return SubjectCertificate, nil
	case strings.HasPrefix(s.EnvironmentID, "aws"):
		return SubjectAWS, nil
	case s.File != "":
		return SubjectFile, nil
	case s.URL != "":
		return SubjectURL, nil
	case s.executable != nil && s.executable[0] == '{':
		return SubjectExecutable, nil
	}
	return "", errors.New("its credential_source is not one of file, url, executable and AWS")
}

// maxSubjectToken bounds the file of a subject token.
const maxSubjectToken = 64 << 10

// ReadFile reads the subject token of a file source. The error is the reason
// alone, without the path.
func (s Subject) ReadFile() (string, error) {
	raw, err := helper.ReadFile(s.File, maxSubjectToken)
	if err != nil {
		return "", err
	}
	return s.Extract(raw)
}

// Extract returns the subject token that a file or a reply holds.
func (s Subject) Extract(raw []byte) (string, error) {
	token := strings.TrimSpace(string(raw))
	if s.Format == "json" {
		value := []byte(nil)
		if _, err := wire.Check(raw); err == nil {
			value = exact(raw, s.Field)
		}
		if value == nil || value[0] != '"' {
			return "", errors.New("it is not JSON with the member that subject_token_field_name names")
		}
		token = wire.String(value)
	}
	if token == "" {
		return "", errors.New("it is empty")
	}
	return token, nil
}

// exact returns the value of the member of just that name.
func exact(raw []byte, name string) (found []byte) {
	for n, value := range wire.Members(raw) {
		if n == name {
			found = value
		}
	}
	return found
}

// Claims returns the issuer and the subject of a JWT, unverified, and "" for
// anything else.
func Claims(token string) (iss, sub string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || wire.Read(raw, wire.F("iss", &iss), wire.F("sub", &sub)) != nil {
		return "", ""
	}
	return iss, sub
}
