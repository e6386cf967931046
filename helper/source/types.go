package source

import (
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// form is what the value of a member must be.
type form int

const (
	text form = iota
	list
	object
	// words is a list of strings, or one string of them.
	words
	// inner is another credential document.
	inner
	// login is the refresh token of a sign-in, which the server may renew.
	login
)

// String names the form for people.
func (f form) String() string {
	switch f {
	case list, words:
		return "a list of strings"
	case object, inner:
		return "an object"
	}
	return "a string"
}

// takes reports whether a valid JSON value has the form.
func (f form) takes(value []byte) bool {
	switch f {
	case words:
		return value[0] == '"' || list.takes(value)
	case list:
		var l []string
		return wire.Read([]byte(`{"v":`+string(value)+`}`), wire.F("v", &l)) == nil
	case object, inner:
		return value[0] == '{'
	}
	return value[0] == '"'
}

// What a member is for.
type use int

const (
	// kept is needed to sign in, and no more.
	kept use = 0
	// decides tells one identity from another.
	decides use = 1
	// renews is what a new key or a new sign-in of the same identity has
	// otherwise.
	renews use = 2
)

// member is one member of a credential document.
type member struct {
	name string
	form form
	use  use
}

// ofEvery are the members of every type.
var ofEvery = []member{
	{"type", text, decides},
	{"account", text, kept},
	{"universe_domain", text, decides},
	{"quota_project_id", text, decides | renews},
}

// types are the types of credential documents: the members that matter, in the
// order in which a compacted document has them. Everything else (project_id,
// auth_uri, certificate URLs, ...) is for people and for other programs.
var types = []struct {
	name    string
	members []member
	// principal tells whose the document is; nil where the document says it all.
	principal func(d *Document, env helper.Env) Principal
}{
	{"authorized_user", []member{
		{"client_id", text, decides | renews}, {"client_secret", text, kept},
		{"refresh_token", text, decides | renews}, {"token_uri", text, decides | renews},
		{"scopes", words, decides | renews}, {"rapt_token", text, kept},
	}, nil},
	{"service_account", []member{
		{"client_email", text, decides}, {"private_key_id", text, decides | renews},
		{"private_key", text, kept}, {"token_uri", text, decides | renews}, {"audience", text, decides | renews},
	}, nil},
	{"external_account", []member{
		{"audience", text, decides}, {"subject_token_type", text, decides}, {"token_url", text, decides},
		{"credential_source", object, decides}, {"service_account_impersonation_url", text, decides},
		{"service_account_impersonation", object, decides}, {"workforce_pool_user_project", text, decides},
		{"client_id", text, decides | renews}, {"client_secret", text, kept},
	}, federated},
	{"external_account_authorized_user", []member{
		{"audience", text, decides}, {"client_id", text, decides | renews}, {"client_secret", text, kept},
		{"refresh_token", login, decides | renews}, {loginMember, text, kept}, {"token_url", text, decides},
	}, nil},
	{"impersonated_service_account", []member{
		{"service_account_impersonation_url", text, decides}, {"delegates", list, decides},
		{"source_credentials", inner, decides}, {"scopes", list, decides}, {"service_account_impersonation", object, decides},
	}, nil},
}

// aside are members that Google's tools and others write for people and for programs of
// their own; no token is another one for them.
var aside = []string{
	"project_id", "client_id", "auth_uri", "auth_provider_x509_cert_url", "client_x509_cert_url", "token_info_url",
	"revoke_uri", "revoke_url", "id_token", "id_token_jwt", "token_response", "user_agent", "token", "access_token", "expiry",
	"token_expiry", "invalid", "_class", "_module",
}

// Unused returns the names of the members that count for nothing, of the document and
// of those inside it, in the order that they stand in.
func (d *Document) Unused() []string {
	var names []string
	for name := range wire.Members(d.raw) {
		known := false
		for m := range d.all {
			known = known || strings.EqualFold(m.name, name)
		}
		if !known && !slices.Contains(aside, name) {
			names = append(names, helper.OneLine(name, 60))
		}
	}
	if d.Inner != nil {
		names = append(names, d.Inner.Unused()...)
	}
	return names
}

// Types returns the types of documents that give tokens.
func Types() []string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = t.name
	}
	return names
}

// ofType returns the members of a type, nil for one that is not known.
func ofType(name string) []member {
	for _, t := range types {
		if t.name == name {
			return t.members
		}
	}
	return nil
}
