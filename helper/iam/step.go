package iam

import "github.com/credential-iam/credential-iam/helper"

// step is a stop on the way to a token. Who can fix a failure, and how, goes by where
// it happened.
type step int

const (
	// atAPI is a call of the IAM Credentials API.
	atAPI step = iota
	// atSubject is where the token of an identity outside Google comes from.
	atSubject
	// atExchange is the Security Token Service, which exchanges that.
	atExchange
	// atLogin is the token endpoint of a sign-in or a key.
	atLogin
	// atMetadata is the metadata server of this machine.
	atMetadata
)

// service is Google's service that a step calls, "" for one that no project enables
// or pays for.
func (s step) service() string {
	switch s {
	case atAPI:
		return "iamcredentials.googleapis.com"
	case atExchange:
		return "sts.googleapis.com"
	}
	return ""
}

// address is the setting that names the server of a step, where it is not Google's
// own, "" where that is not known.
func (r *request) address(f *failure) string {
	in := r.id.src.String()
	switch f.step {
	case atAPI:
		if r.t.Endpoint != defaultEndpoint(r.t.UniverseDomain) {
			return "the setting endpoint"
		}
	case atSubject:
		return "the credential_source in " + in
	case atExchange:
		if f.host != "sts."+r.universe() {
			return "the token_url in " + in
		}
	case atLogin:
		if f.host != "oauth2."+r.universe() {
			return "the token endpoint in " + in
		}
	case atMetadata:
		if f.host != metadataAddress {
			return metadataVariable
		}
	}
	return ""
}

func (r *request) universe() string {
	if r.id.credential != nil && r.id.credential.universe != "" {
		return r.id.credential.universe
	}
	return helper.DefaultUniverse
}
