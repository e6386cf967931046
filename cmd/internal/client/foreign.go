package client

import (
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/adapter"
	"github.com/credential-iam/credential-iam/helper/host"
)

// notAnswered is the error of a host that is not answered, where the client asks on
// purpose: nobody else could. The hint is the command that configures it; where a host
// that is configured was probably meant, it is what corrected makes of that one, if a
// person typed it.
func notAnswered(c *adapter.Call, client string, h host.Host, hint string, corrected func(meant string) string) error {
	e := &helper.Error{
		Who: helper.User, Op: "answer " + client + " for", Object: helper.OneLine(h.String(), 120), Code: "no-target", Cause: helper.ErrNoTarget,
		Reason: "it is not a built-in Google host and has no section iam@HOST that names a token in " + c.Tokens().Config.Path,
		Hint:   hint,
	}
	if meant := c.Tokens().Config.Meant(h.String()); meant != "" {
		e.Reason += "; did you mean " + meant + "?"
		if corrected != nil {
			e.Hint = corrected(meant)
		}
	}
	return e
}

// noURL is the error of what names no host. Its text may hold a password, and is not
// shown.
func noURL(object, why, hint string) error {
	return &helper.Error{Who: helper.User, Op: "read", Object: object, Reason: why, Hint: hint, Code: "protocol"}
}

// plain reports whether a URL is one over which no token is sent, whatever is
// configured.
func plain(u host.URL) bool { return u.Protocol == "http" && !u.Host.Loopback() }

// plainHTTP is the error of such a URL.
func plainHTTP(client string, u host.URL, hint string) error {
	return &helper.Error{
		Who: helper.User, Op: "answer " + client + " for", Object: "http://" + helper.OneLine(u.Host.String(), 120), Code: "no-target", Cause: helper.ErrNoTarget,
		Reason: "it is plain http, over which no token is sent but to this machine itself; only https is answered",
		Hint:   hint,
	}
}

// secured is the https form of a URL.
func secured(u host.URL) string { return "https://" + u.Host.String() + "/" + u.Path }
