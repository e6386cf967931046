package helper

import (
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper/host"
)

// AccountPrefix is the long form of a service account's name in the IAM API. The
// project is always "-": the API takes nothing else.
const AccountPrefix = "projects/-/serviceAccounts/"

// CheckServiceAccount returns why s cannot name a service account. The check is
// strict, since the name becomes part of a URL's path and of commands in hints:
// an e-mail of letters, digits, dots, hyphens, underscores and plus signs, or
// its numeric id of 15 to 25 digits.
func CheckServiceAccount(s string) error {
	if digits(s) {
		if len(s) >= 15 && len(s) <= 25 {
			return nil
		}
		return fmt.Errorf("%q is not a service account: a numeric id has 15 to 25 digits", OneLine(s, 120))
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || len(s) > 254 || !localPart(local) || !domainName(domain) {
		return fmt.Errorf("%q is not a service account: want an e-mail address such as name@project.iam.gserviceaccount.com, or its numeric id", OneLine(s, 120))
	}
	return nil
}

// InGoogleProject reports whether the domain of an account is one that Google gives
// service accounts. In another universe than googleapis.com they have another one.
func InGoogleProject(account string) bool {
	return strings.HasSuffix(strings.ToLower(account), ".gserviceaccount.com")
}

// BareAccount returns name without AccountPrefix: both forms of a delegate are
// accepted, one is kept.
func BareAccount(name string) string { return strings.TrimPrefix(name, AccountPrefix) }

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// localPart reports whether s can be the part before the @ of a service account.
func localPart(s string) bool {
	return s != "" && s[0] != '.' && s[0] != '-' && s[len(s)-1] != '.' && !strings.Contains(s, "..") &&
		strings.Trim(s, alphanumeric+"-_.+") == ""
}

// domainName reports whether s is a domain name of two labels or more.
func domainName(s string) bool {
	labels := strings.Split(strings.ToLower(s), ".")
	for _, l := range labels {
		if !host.Label(l) {
			return false
		}
	}
	return len(labels) > 1
}
