package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// Subject is the credential_source of a federation: where the token of the outside
// identity comes from.
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

// SubjectKind is a kind of credential_source.
type SubjectKind string

// subjectKind is what is to be known of a kind of credential_source. Each has a
// file of its own.
type subjectKind struct {
	name SubjectKind
	// is reports whether a credential_source is of the kind.
	is func(s Subject) bool
	// principal tells whose the token will be.
	principal func(s Subject, env helper.Env) Principal
}

func subjectKinds() []subjectKind {
	return []subjectKind{ofCertificate, ofAWS, ofFile, ofURL, ofExecutable}
}

// SubjectCertificate is an X.509 certificate.
const SubjectCertificate SubjectKind = "certificate"

var ofCertificate = subjectKind{
	name: SubjectCertificate,
	is:   func(s Subject) bool { return s.certificate != nil },
	principal: func(Subject, helper.Env) Principal {
		return unknown("its certificate is read by a library")
	},
}

// Subject returns the document's credential_source. A member of it that is not
// known is an error: it says where the token comes from.
func (d *Document) Subject() (Subject, error) {
	var s Subject
	value := d.has("credential_source")
	if value == nil {
		return s, nil
	}
	var format []byte
	millis := int64(noMillis)
	err := readAll(value, "credential_source", []wire.Field{
		wire.F("file", &s.File), wire.F("url", &s.URL), wire.F("headers", &s.Headers), wire.F("format", &format),
		wire.F("executable", &s.executable), wire.F("certificate", &s.certificate),
		wire.F("environment_id", &s.EnvironmentID), wire.F("region_url", &s.RegionURL),
		wire.F("regional_cred_verification_url", &s.VerificationURL), wire.F("imdsv2_session_token_url", &s.SessionURL),
	})
	if err == nil && format != nil {
		err = readAll(format, "format", []wire.Field{wire.F("type", &s.Format), wire.F("subject_token_field_name", &s.Field)})
	}
	if err == nil && s.executable != nil {
		var interactive []byte // never: nobody is asked anything here
		err = readAll(s.executable, "executable", []wire.Field{
			wire.F("command", &s.Command), wire.F("output_file", &s.OutputFile), wire.F("timeout_millis", &millis),
			wire.F("interactive_timeout_millis", &interactive),
		})
	}
	if millis != noMillis {
		s.TimeoutMillis = &millis
	}
	return s, err
}

// readAll reads an object that has no other members than the fields.
func readAll(raw []byte, what string, fields []wire.Field) error {
	if err := wire.Read(raw, fields...); err != nil {
		return errors.New("its " + what + " cannot be used: " + err.Error())
	}
	for name := range wire.Members(raw) {
		if !slices.ContainsFunc(fields, func(f wire.Field) bool { return strings.EqualFold(f.Name, name) }) {
			return fmt.Errorf("its %s has a member %q, which is not supported", what, helper.OneLine(name, 60))
		}
	}
	return nil
}

// noMillis stands where no timeout_millis is stated.
const noMillis = -1 << 62

// kind returns the kind of the credential_source.
func (s Subject) kind() (subjectKind, error) {
	if s.File != "" && s.URL != "" || s.executable != nil && (s.File != "" || s.URL != "") {
		return subjectKind{}, errors.New("its credential_source has more than one of file, url and executable")
	}
	all := subjectKinds()
	if i := slices.IndexFunc(all, func(k subjectKind) bool { return k.is(s) }); i >= 0 {
		return all[i], nil
	}
	return subjectKind{}, errors.New("its credential_source is not one of file, url, executable and AWS")
}

// Kind returns the kind of the credential_source.
func (s Subject) Kind() (SubjectKind, error) {
	k, err := s.kind()
	return k.name, err
}

// Extract returns the subject token that a file or a reply holds.
func (s Subject) Extract(raw []byte) (string, error) {
	raw = decode(raw)
	token := strings.TrimSpace(string(raw))
	if s.Format == "json" {
		var value []byte
		if wire.Check(raw) == nil {
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
