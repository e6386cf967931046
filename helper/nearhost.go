package helper

import (
	"strings"

	"github.com/credential-iam/credential-iam/helper/host"
)

// NearHost returns the built-in host of a client that somebody probably meant who
// wrote another one: the end that all such hosts have differs in a letter, in a long
// one in two. No host is ever answered because of it; a person is told.
func NearHost(h host.Host, client host.Client) (meant host.Host, ok bool) {
	if h.BuiltIn(client) || h.Name() == "ghcr.io" { // which is GitHub's, and a letter away from gcr.io
		return host.Host{}, false
	}
	labels := strings.Split(h.Name(), ".")
	for n := 1; n <= len(labels); n++ { // a dot may be missing
		end := strings.Join(labels[len(labels)-n:], ".")
		for _, domain := range host.Domains() {
			if edits(end, domain) > 1+len(domain)/10 {
				continue
			}
			words := append(labels[:len(labels)-n:len(labels)-n], domain)
			if meant, ok := host.Parse("https", strings.Join(words, ".")); ok && meant.BuiltIn(client) {
				return meant, true
			}
		}
	}
	return host.Host{}, false
}
