package issuer_test

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

// broker makes the credentials of registry.example.com out of ID tokens.
type broker struct{}

// Issue implements issuer.Issuer.
func (broker) Issue(ctx context.Context, req issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	token, err := id.IDToken(ctx, req.Options["audience"])
	if err != nil {
		return issuer.Credential{}, err
	}
	if time.Until(token.Expires) < time.Minute {
		return issuer.Credential{}, issuer.UserError("the clock of this machine is wrong", "timedatectl")
	}
	return issuer.Credential{Username: "token", Secret: token.Secret, Expires: token.Expires}, nil
}

// The whole main of the plugin credential-iam-issuer-NAME: it answers the host
// until the host ends it.
func ExampleServe() {
	issuer.Serve(broker{}, issuer.Version("1.0.0"), issuer.Needs("audience", "audience of the ID token"))
}
