package host

import (
	"fmt"
	"strings"
)

// BaseURL returns the base URL of an API with its trailing slash, and its host in
// comparable form. It is https, or http to a loopback address: a source's token
// is sent there. A user name, a query or a fragment has no place in it.
func BaseURL(s string) (string, error) {
	protocol, rest, _ := strings.Cut(s, "://")
	protocol = strings.ToLower(protocol)
	name, path, _ := strings.Cut(rest, "/")
	h, ok := Parse(protocol, name)
	if !ok || !urlPath(path) {
		return "", fmt.Errorf("%.120q is not a base URL", s)
	}
	if protocol != "https" && (protocol != "http" || !h.Loopback()) {
		return "", fmt.Errorf("%.120q must be https (or http to a loopback address)", s)
	}
	base := protocol + "://" + h.String() + "/"
	if path = strings.TrimSuffix(path, "/"); path != "" {
		base += path + "/"
	}
	return base, nil
}

// Canonical returns HOST or HOST:PORT in the form that hosts are compared in:
// lower case, without the protocol's own port. ok is false for what is no host.
func Canonical(protocol, s string) (canonical string, ok bool) {
	h, ok := Parse(protocol, s)
	return h.String(), ok
}

// urlPath reports whether s is allowed in a URL's path and is literal there (RFC
// 3986, pchar and "/", without what is encoded by a percent sign).
func urlPath(s string) bool { return strings.Trim(s, alphanumeric+"/-._~!$&'()*+,;=:@") == "" }
