package iam

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google/externalaccount"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

const maxSubjectToken = 64 << 10

// federatedToken exchanges an outside identity's token at the Security Token
// Service. x/oauth2 speaks to STS, to a URL source and to AWS; a file and an
// executable are ours, because there its reads and processes can hang, and its
// errors quote what they printed.
func (c *Client) federatedToken(ctx context.Context, d *document, scopes []string) (bearer, error) {
	cfg := externalaccount.Config{
		Audience: d.Audience, SubjectTokenType: d.SubjectTokenType, TokenURL: d.TokenURL,
		ClientID: d.ClientID, ClientSecret: d.ClientSecret, Scopes: scopes,
		WorkforcePoolUserProject: d.WorkforceProject,
	}
	s := d.Subject
	switch {
	case strings.HasPrefix(s.EnvironmentID, "aws"):
		cfg.CredentialSource = &s.CredentialSource
	case s.File != "":
		cfg.SubjectTokenSupplier = supplier(func(context.Context) (string, error) { return readSubject(s) })
	case s.URL != "":
		cfg.CredentialSource = &s.CredentialSource
	default:
		cfg.SubjectTokenSupplier = supplier(func(ctx context.Context) (string, error) { return c.runExecutable(ctx, d) })
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	src, err := externalaccount.NewTokenSource(ctx, cfg)
	if err != nil {
		return bearer{}, err
	}
	tok, err := src.Token()
	if err != nil {
		return bearer{}, err
	}
	return c.bearerOf(tok), nil
}

// supplier makes a function a supplier of subject tokens.
type supplier func(context.Context) (string, error)

// SubjectToken implements externalaccount.SubjectTokenSupplier.
func (s supplier) SubjectToken(ctx context.Context, _ externalaccount.SupplierOptions) (string, error) {
	return s(ctx)
}

// readSubject reads a subject token from a file.
func readSubject(s credentialSource) (string, error) {
	raw, err := helper.ReadFile(s.File, maxSubjectToken)
	if err != nil {
		return "", &failure{fatal: true, message: "subject token file " + s.File + ": " + err.Error()}
	}
	token := strings.TrimSpace(string(raw))
	if s.Format.Type == "json" {
		token, err = jsonField(raw, s.Format.SubjectTokenFieldName)
	}
	if err == nil && token == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", &failure{fatal: true, message: "subject token file " + s.File + ": " + err.Error()}
	}
	return token, nil
}

func jsonField(raw []byte, field string) (string, error) {
	var members map[string]json.RawMessage
	var value string
	if json.Unmarshal(raw, &members) != nil || json.Unmarshal(members[field], &value) != nil {
		return "", errors.New("it is not JSON with the member that subject_token_field_name names")
	}
	return value, nil
}

// subjectOf tells apart the principals behind one federation where that is
// cheap: a token file may belong to another workload today. A renewed token of
// the same subject is the same principal.
func subjectOf(d *document) string {
	if d.Subject.File == "" {
		return ""
	}
	token, err := readSubject(d.Subject)
	if err != nil {
		return ""
	}
	if iss, sub := subjectClaims(token); sub != "" {
		return source.Digest(iss, sub)
	}
	return source.Digest(token)
}

// subjectClaims returns the issuer and the subject of a JWT, unverified, and ""
// for anything else.
func subjectClaims(token string) (iss, sub string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", ""
	}
	var claims struct{ Iss, Sub string }
	if json.Unmarshal(raw, &claims) != nil {
		return "", ""
	}
	return claims.Iss, claims.Sub
}
