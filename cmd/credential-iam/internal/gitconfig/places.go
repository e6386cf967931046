package gitconfig

import (
	"slices"

	"github.com/credential-iam/credential-iam/helper/host"
)

// Place is a URL that git's configuration has a helper for: a protocol, and a host
// and path in which "*" stands for a label.
type Place struct {
	Protocol string
	Pattern  host.Pattern
}

// Places returns the URLs that entries name git-credential-iam for, each once,
// whether git runs it there or not.
func Places(entries []Entry) []Place {
	var all []Place
	for _, e := range entries {
		if e.Section != "credential" || e.Name != "helper" || e.URL == "" || !Ours(e.Value) {
			continue
		}
		protocol, p, err := host.Typed().ReadPattern(e.URL)
		if err != nil {
			continue
		}
		place := Place{protocol, p.Canonical()} // a repository is one in all its spellings
		if !slices.Contains(all, place) {
			all = append(all, place)
		}
	}
	return all
}
