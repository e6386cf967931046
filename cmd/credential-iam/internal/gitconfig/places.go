package gitconfig

import (
	"slices"
	"strings"

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
		// A repository is the same one with and without ".git".
		place := Place{protocol, p.Below(strings.TrimSuffix(p.Path(), ".git"))}
		if !slices.Contains(all, place) {
			all = append(all, place)
		}
	}
	return all
}
