package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/oauth2/google/externalaccount"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// The types of a credential document.
const (
	typeUser         = "authorized_user"
	typeKey          = "service_account"
	typeExternal     = "external_account"
	typeExternalUser = "external_account_authorized_user"
	typeImpersonated = "impersonated_service_account"
)

// defaultTokenURI is where Google exchanges refresh tokens and assertions.
const defaultTokenURI = "https://oauth2.googleapis.com/token"

const maxNesting = 4

// document is a credential file of any type, as Google's tools write them. Its
// secrets are plain strings because JSON is read into it; it never leaves the
// package and is never printed.
type document struct {
	Type     string `json:"type"`
	Account  string `json:"account"`
	Universe string `json:"universe_domain"`
	Quota    string `json:"quota_project_id"`

	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RefreshToken string `json:"refresh_token"`
	TokenURI     string `json:"token_uri"`

	ClientEmail string `json:"client_email"`
	KeyID       string `json:"private_key_id"`
	Key         string `json:"private_key"`

	Audience         string           `json:"audience"`
	SubjectTokenType string           `json:"subject_token_type"`
	TokenURL         string           `json:"token_url"`
	WorkforceProject string           `json:"workforce_pool_user_project"`
	Subject          credentialSource `json:"credential_source"`

	ImpersonationURL string    `json:"service_account_impersonation_url"`
	Delegates        []string  `json:"delegates"`
	Inner            *document `json:"source_credentials"`

	Installed json.RawMessage `json:"installed"`
	Web       json.RawMessage `json:"web"`

	// fingerprint is of the bytes that were read.
	fingerprint string
}

// credentialSource is x/oauth2's, with the one member that it does not know.
type credentialSource struct {
	externalaccount.CredentialSource
	Certificate json.RawMessage `json:"certificate"`
}

// parseDocument reads and checks a credential document. The error is a phrase
// about "it" and holds nothing of the content but names, types and hosts.
func parseDocument(raw []byte) (*document, error) {
	d := &document{}
	if err := json.Unmarshal(raw, d); err != nil {
		return nil, errors.New("it is not a credential file (not a JSON object of the usual members)")
	}
	if err := d.check(0); err != nil {
		return nil, err
	}
	print, err := source.Fingerprint(raw)
	if err != nil {
		return nil, err
	}
	d.fingerprint = print
	return d, nil
}

// check verifies what the type needs. The unusual types get a sentence each: an
// OAuth client file makes x/oauth2 panic, and the others fail obscurely.
func (d *document) check(depth int) error {
	if depth > maxNesting {
		return errors.New("its source_credentials are nested too deep")
	}
	switch d.Type {
	case typeUser:
		return d.checkUser()
	case typeKey:
		return d.checkKey()
	case typeExternal:
		return d.checkExternal()
	case typeExternalUser:
		return d.checkExternalUser()
	case typeImpersonated:
		return d.checkImpersonated(depth)
	case "gdch_service_account":
		return errors.New("it is a key for Google Distributed Cloud (gdch_service_account), which the IAM Credentials API does not accept")
	case "":
		if d.Installed != nil || d.Web != nil {
			return errors.New("it is an OAuth client file, which identifies a program and not an account")
		}
		return errors.New("it has no type, so it is not a credential file")
	}
	return fmt.Errorf("its type %q is not supported", helper.OneLine(d.Type, 60))
}

func (d *document) checkUser() error {
	if d.RefreshToken == "" || d.ClientID == "" {
		return missing("refresh_token", "client_id")
	}
	if d.TokenURI == "" {
		d.TokenURI = defaultTokenURI
	}
	return checkURL("token_uri", d.TokenURI)
}

func (d *document) checkKey() error {
	if d.ClientEmail == "" || d.Key == "" {
		return missing("client_email", "private_key")
	}
	if helper.CheckServiceAccount(d.ClientEmail) != nil {
		return errors.New("its client_email is not a service account's e-mail")
	}
	if d.TokenURI == "" {
		d.TokenURI = defaultTokenURI
	}
	return checkURL("token_uri", d.TokenURI)
}

func (d *document) checkExternal() error {
	if d.Subject.Certificate != nil {
		return errors.New("its credential_source is an X.509 certificate, which is not supported; use a source of type file, url, executable or AWS")
	}
	if d.Audience == "" || d.SubjectTokenType == "" {
		return missing("audience", "subject_token_type")
	}
	if d.WorkforceProject != "" && !strings.Contains(d.Audience, "/workforcePools/") {
		return errors.New("its workforce_pool_user_project needs the audience of a workforce pool")
	}
	if d.TokenURL == "" {
		universe := d.Universe
		if universe == "" {
			universe = helper.DefaultUniverse
		}
		d.TokenURL = "https://sts." + universe + "/v1/token"
	}
	if err := checkURL("token_url", d.TokenURL); err != nil {
		return err
	}
	s := d.Subject
	if s.File == "" && s.URL == "" && s.Executable == nil && !strings.HasPrefix(s.EnvironmentID, "aws") {
		return errors.New("its credential_source is not one of file, url, executable and AWS")
	}
	if s.URL != "" && !strings.HasPrefix(s.URL, "http://") && !strings.HasPrefix(s.URL, "https://") {
		return errors.New("the url in its credential_source is not http or https")
	}
	if d.ImpersonationURL != "" {
		_, err := impersonated(d.ImpersonationURL)
		return err
	}
	return nil
}

func (d *document) checkExternalUser() error {
	if d.RefreshToken == "" || d.ClientID == "" || d.ClientSecret == "" {
		return missing("refresh_token", "client_id", "client_secret")
	}
	if d.TokenURL == "" {
		return missing("token_url")
	}
	return checkURL("token_url", d.TokenURL)
}

func (d *document) checkImpersonated(depth int) error {
	if d.ImpersonationURL == "" || d.Inner == nil {
		return missing("service_account_impersonation_url", "source_credentials")
	}
	if _, err := impersonated(d.ImpersonationURL); err != nil {
		return err
	}
	for _, a := range d.Delegates {
		if _, err := CheckAccount(a); err != nil {
			return fmt.Errorf("its delegates hold %w", err)
		}
	}
	if d.Inner.Universe == "" {
		d.Inner.Universe = d.Universe
	}
	if err := d.Inner.check(depth + 1); err != nil {
		return fmt.Errorf("its source_credentials: %w", err)
	}
	return nil
}

func missing(fields ...string) error {
	return fmt.Errorf("it lacks %s", strings.Join(fields, " or "))
}

// unfold returns the credential at the bottom of a document and the accounts
// that the document itself impersonates on the way up, the bottom's neighbour
// first.
func (d *document) unfold() (base *document, chain []string) {
	base = d
	if d.Type == typeImpersonated {
		base, chain = d.Inner.unfold()
		for _, a := range d.Delegates {
			chain = append(chain, helper.BareAccount(a))
		}
	}
	if d.ImpersonationURL != "" && (d.Type == typeImpersonated || d.Type == typeExternal) {
		if account, err := impersonated(d.ImpersonationURL); err == nil {
			chain = append(chain, account)
		}
	}
	return base, chain
}
