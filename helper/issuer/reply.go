package issuer

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxUsername bounds a user name; nothing that a registry takes comes near.
const maxUsername = 1 << 10

// checkCredential returns the token of a plugin's answer for host, or says why
// it cannot be one. The reason never quotes what the plugin sent but a host.
func checkCredential(c *issuerpb.Credential, host string, now time.Time) (helper.Token, error) {
	expires := c.GetExpires()
	switch {
	case c == nil:
		return helper.Token{}, errors.New("it answered nothing")
	case c.GetHost() != host:
		return helper.Token{}, fmt.Errorf("it answered for %q", clip80(c.GetHost()))
	case c.GetSecret() == "":
		return helper.Token{}, errors.New("it answered without a secret")
	case len(c.GetSecret()) > maxSecret:
		return helper.Token{}, fmt.Errorf("its secret has %d bytes, more than %d", len(c.GetSecret()), maxSecret)
	case !printable(c.GetSecret()):
		return helper.Token{}, errors.New("its secret has a control byte")
	case len(c.GetUsername()) > maxUsername:
		return helper.Token{}, fmt.Errorf("its user name has %d bytes, more than %d", len(c.GetUsername()), maxUsername)
	case !printable(c.GetUsername()) || strings.Contains(c.GetUsername(), ":"):
		return helper.Token{}, errors.New("its user name has a colon or a control byte")
	case expires == nil || expires.CheckValid() != nil || expires.AsTime().Year() < 1971:
		return helper.Token{}, errors.New("it answered without an expiry")
	case !expires.AsTime().After(now):
		return helper.Token{}, fmt.Errorf("its secret expired %s ago", now.Sub(expires.AsTime()).Round(time.Second))
	}
	return helper.Token{
		Secret: keystore.NewSecret(c.GetSecret()), Username: c.GetUsername(), Bearer: c.GetBearer(),
		Issued: now, Expires: expires.AsTime(),
	}, nil
}

// printable reports whether s can be part of a line of docker's and git's
// protocol.
func printable(s string) bool {
	return keystore.Clean(s) && utf8.ValidString(s)
}
