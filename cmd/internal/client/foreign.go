package client

import (
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
)

// notAnswered is the error of a host that is not answered, where the client asks on
// purpose: nobody else could. The hint is the command that configures it.
func notAnswered(c *adapter.Call, client, host, hint string) error {
	return &helper.Error{
		Who: helper.User, Op: "answer " + client + " for", Object: helper.OneLine(host, 120), Code: "no-target", Cause: helper.ErrNoTarget,
		Reason: "it is not a built-in Google host and has no section iam@HOST that names a token in " + c.Tokens().Config.Path,
		Hint:   hint,
	}
}
