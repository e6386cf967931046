package main

import (
	"encoding/base64"
	"slices"
	"strings"
)

// A password is shown to every helper of git's, and one that stores would keep the token
// on disk and replay it after its end. Where git-credential-iam cannot be the only helper
// of a URL, since git's system-wide configuration names it and each person's comes later,
// it is configured as "git-credential-iam --ephemeral": git 2.46 and later then get the
// same user name and password as an Authorization header that is not to be kept, which no
// helper does. That is not the rule everywhere because git 2.46 to 2.53 cannot push more
// than http.postBuffer with it, so that configure writes that setting too.

// ephemeral reports whether the arguments before the operation ask for that.
func ephemeral(args []string) bool { return slices.Contains(args[:len(args)-1], "--ephemeral") }

// secret returns the token of a credential that git passes back, in any of its forms.
func (r request) secret() string {
	if r.password != "" {
		return r.password
	}
	if login, err := base64.StdEncoding.DecodeString(r.credential); err == nil && strings.EqualFold(r.authtype, "Basic") {
		_, token, _ := strings.Cut(string(login), ":")
		return token
	}
	return r.credential
}
