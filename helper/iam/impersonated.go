package iam

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// newImpersonated unfolds a document that impersonates by itself, over another
// one: the kind that gives tokens is the other's, and the accounts on the way up
// go before the target's delegates.
func newImpersonated(d *source.Document, p source.Principal) (*credential, error) {
	if err := need(d, "service_account_impersonation_url"); err != nil {
		return nil, err
	}
	if d.Inner == nil {
		return nil, errors.New("it lacks source_credentials")
	}
	own, err := ownLink(d)
	if err != nil {
		return nil, err
	}
	own.scopes = slices.Sorted(slices.Values(d.List("scopes")))
	if len(own.scopes) > 0 {
		if err := checkScopes(own.scopes); err != nil {
			return nil, fmt.Errorf("in its scopes %w", err)
		}
	}
	cred, err := ofDocument(d.Inner, p)
	if err != nil {
		return nil, fmt.Errorf("its source_credentials: %w", err)
	}
	for _, a := range d.List("delegates") {
		if _, err := checkAccount(a); err != nil {
			return nil, fmt.Errorf("its delegates hold %w", err)
		}
		cred.own = append(cred.own, link{account: helper.BareAccount(a), endpoint: own.endpoint})
	}
	cred.own = append(cred.own, own)
	return cred, nil
}

// ownLink returns what a document says of the account that it impersonates.
func ownLink(d *source.Document) (link, error) {
	own, err := impersonated(d.Text("service_account_impersonation_url"), d.Universe())
	if err != nil {
		return link{}, err
	}
	seconds, ok, err := d.Lifetime()
	if err != nil {
		return link{}, err
	}
	// The range of Google's own libraries (google.aip.dev/auth/4117).
	if ok && (seconds < 600 || seconds > 43200) {
		return link{}, errors.New("the token_lifetime_seconds in its service_account_impersonation is not between 600 and 43200")
	}
	own.lifetime = time.Duration(seconds) * time.Second
	return own, nil
}
