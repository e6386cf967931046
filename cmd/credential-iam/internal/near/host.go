package near

import (
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// Host returns the built-in host of a client that somebody probably meant who
// wrote another one: the end that all such hosts have differs in a letter, in a long
// one in two. No host is ever answered because of it; a person is told.
func Host(p config.Place) (meant host.Host, ok bool) {
	h := named(p)
	if h.BuiltIn(p.Client) || h.Name() == "ghcr.io" { // which is GitHub's, and a letter away from gcr.io
		return host.Host{}, false
	}
	labels := strings.Split(h.Name(), ".")
	for n := 1; n <= len(labels); n++ { // a dot may be missing
		end := strings.Join(labels[len(labels)-n:], ".")
		for _, domain := range host.Domains() {
			if helper.Edits(end, domain) > 1+len(domain)/10 {
				continue
			}
			words := append(labels[:len(labels)-n:len(labels)-n], domain)
			if meant, ok := host.Parse("https", strings.Join(words, ".")); ok && meant.BuiltIn(p.Client) {
				if placed, ok := placed(meant); ok {
					return placed, true
				}
				return meant, true
			}
		}
	}
	return host.Host{}, false
}

// Format returns the host of Artifact Registry that somebody probably meant who
// wrote one of a format that it does not have ("europe-dokcer.pkg.dev"), or that docker
// does not ask for ("europe-npm.pkg.dev").
func Format(p config.Place) (meant host.Host, ok bool) {
	location, format := named(p).Format()
	formats := host.Formats()
	if p.Client == host.Docker {
		formats = formats[:1]
	}
	if format == "" || slices.Contains(formats, format) {
		return host.Host{}, false
	}
	return host.Parse("https", location+"-"+helper.Nearest(format, formats)+".pkg.dev")
}

// named is the host of a place; that of a place of many hosts is near to none.
func named(p config.Place) host.Host {
	h, _ := host.Parse(p.Protocol, p.Pattern.Host())
	return h
}
