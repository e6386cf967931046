package iam

import (
	"errors"
	"fmt"

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
	account, err := impersonated(d.Text("service_account_impersonation_url"))
	if err != nil {
		return nil, err
	}
	cred, err := ofDocument(d.Inner, p)
	if err != nil {
		return nil, fmt.Errorf("its source_credentials: %w", err)
	}
	for _, a := range d.List("delegates") {
		if _, err := CheckAccount(a); err != nil {
			return nil, fmt.Errorf("its delegates hold %w", err)
		}
		cred.own = append(cred.own, helper.BareAccount(a))
	}
	cred.own = append(cred.own, account)
	return cred, nil
}
