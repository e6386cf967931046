package iam

import (
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// refuseCertificate refuses to go on without the client certificate that the
// environment asks Google's libraries to use (google.aip.dev/auth/4114): a call
// without it is not what the machine's owner wants.
func (c *Client) refuseCertificate() error {
	name := ""
	if use, err := strconv.ParseBool(c.env.Getenv("GOOGLE_API_USE_CLIENT_CERTIFICATE")); err == nil && use {
		name = "GOOGLE_API_USE_CLIENT_CERTIFICATE"
	}
	if strings.EqualFold(c.env.Getenv("GOOGLE_API_USE_MTLS_ENDPOINT"), "always") {
		name = "GOOGLE_API_USE_MTLS_ENDPOINT"
	}
	if name == "" {
		return nil
	}
	return &helper.Error{
		Who: helper.User, Op: "use client certificate of", Object: name, Code: "client-certificate",
		Reason: "calls with a client certificate (mutual TLS) are not supported", Hint: helper.Unset(name),
	}
}
