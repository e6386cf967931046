package main

import (
	"context"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

func escapee(ctx context.Context, r issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	return good(ctx, r, id)
}
