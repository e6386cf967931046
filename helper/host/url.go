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
		return "", fmt.Errorf("%.120q is not a base URL", s)
	}
	if u.Protocol != "https" && !u.Host.Loopback() {
		return "", fmt.Errorf("%.120q must be https (or http to a loopback address)", s)
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
