package pluginpush

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// Account is a service account of the stand-in for Google, for a plugin that is
// run without docker and the core. It gives ID tokens alone.
type Account struct {
	issuer.Identity // nil, for the methods that are not needed
	Google          *iamtest.Server
	Email           string
	// Err, where it is set, is the answer.
	Err error
}

// IDToken returns what Google would.
func (a Account) IDToken(_ context.Context, audience string) (issuer.Token, error) {
	if a.Err != nil {
		return issuer.Token{}, a.Err
	}
	return issuer.Token{Secret: issuer.NewSecret(a.Google.IDToken(a.Email, audience)), Expires: time.Now().Add(time.Hour)}, nil
}
