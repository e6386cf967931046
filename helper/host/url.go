package host

import (
	"fmt"
	"strings"
)

// BaseURL returns the base URL of an API with its trailing slash, and its host in
// comparable form. It is https, or http to a loopback address: a source's token
// is sent there. A user name, a query or a fragment has no place in it.
func BaseURL(s string) (string, error) {
	u, err := Form{Schemes: []string{"https", "http"}}.Read(s)
	if err != nil || !urlPath(u.Path) {
		return "", fmt.Errorf("%.120q is not a base URL", Shown(s))
	}
	if u.Protocol != "https" && !u.Host.Loopback() {
		return "", fmt.Errorf("%.120q must be https (or http to a loopback address)", Shown(s))
	}
	base := u.Protocol + "://" + u.Host.String() + "/"
	if u.Path != "" {
		base += u.Path + "/"
	}
	return base, nil
}

// urlPath reports whether s is allowed in a URL's path and is literal there (RFC
// 3986, pchar and "/", without what is encoded by a percent sign).
func urlPath(s string) bool { return strings.Trim(s, alphanumeric+"/-._~!$&'()*+,;=:@") == "" }

// Shown returns what somebody wrote for a host or a URL as it can be shown: without
// what stands before an "@", which may be a password.
func Shown(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	scheme := ""
	if i := strings.Index(s, "://"); i >= 0 && i < at {
		scheme = s[:i+3]
	}
	return scheme + "REDACTED" + s[at:]
}
