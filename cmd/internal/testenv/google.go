package testenv

import "github.com/credential-iam/credential-iam/helper/iam/iamtest"

// Who is who, unless a test says otherwise.
const (
	// Person is signed in, and may impersonate the accounts.
	Person   = "dev@example.com"
	Deployer = "deployer@demo-project.iam.gserviceaccount.com"
	Auditor  = "auditor@demo-project.iam.gserviceaccount.com"
)

// Google starts a stand-in for Google in which Person may impersonate the accounts.
func Google(o iamtest.Options, accounts ...string) (*iamtest.Server, error) {
	s, err := iamtest.NewServer(o)
	if err != nil {
		return nil, err
	}
	Allow(s, Person, accounts...)
	return s, nil
}

// Allow makes a person and accounts that the person may impersonate.
func Allow(s *iamtest.Server, person string, accounts ...string) {
	s.User(person)
	for _, account := range accounts {
		s.ServiceAccount(account)
		s.Grant(person, iamtest.RoleTokenCreator, account)
	}
}
