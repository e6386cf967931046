package client

import (
	"context"
	"errors"
	"io"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// terraform is a credentials helper of Terraform and OpenTofu, for the hosts of
// module registries and state. Terraform asks for every host that it meets, and shows
// no error of a helper.
func terraform(ctx context.Context, c *adapter.Call) error {
	if len(c.Args) != 2 {
		return adapter.ErrUsage
	}
	verb, name := c.Args[0], c.Args[1]
	switch verb {
	case "get":
		cred, err := ask(ctx, c, host.Terraform, terraformForm(), name)
		if errors.Is(err, helper.ErrNoTarget) {
			c.Say("{}\n")
			return nil
		}
		if err != nil {
			return err
		}
		secret := cred.Secret.Reveal()
		c.SayJSON(wire.F("token", &secret))
		return nil
	case "store":
		_, _ = io.Copy(io.Discard, c.Stdin) // Terraform fails where nobody reads what it writes
		return &helper.Error{
			Who: helper.User, Op: "store a token for", Object: helper.OneLine(name, 120), Code: "not-kept",
			Reason: "this helper makes tokens and stores none; a credentials block of the CLI configuration goes before it", Hint: "terraform login --help",
		}
	case "forget":
		u, err := terraformForm().Read(name)
		if err != nil {
			return nil //nolint:nilerr // not a host to answer, so there is nothing
		}
		t, err := resolve(ctx, c, helper.For(host.Terraform, u))
		if errors.Is(err, helper.ErrNoTarget) {
			return nil
		}
		if err != nil {
			return err
		}
		return c.Tokens().Forget(ctx, t)
	}
	return adapter.ErrUsage
}

// terraformForm is the form of a host: no scheme, and no path.
func terraformForm() host.Form { return host.Form{Schemes: []string{}, Bare: true} }
