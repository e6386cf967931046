package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// locations finds hosts of a location that Google probably does not have. The token goes
// to nobody else, so that only a person can know.
func locations(_ context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		exact, ok := host.Parse(h.Protocol, h.Pattern.Host())
		meant, near := near.Location(exact)
		if !ok || !near || x.document != nil && x.document.Consents(config.Name+"@"+h.name) {
			continue // as configure takes it
		}
		r.add(Warning, "location "+h.name, x.moved(h, meant), "no location of Google's is called that; did you mean %s?", meant)
	}
}

// moved is the command that configures another host instead of one, with what its
// section says.
func (x *subject) moved(h *place, to host.Host) string {
	other := *h
	other.Pattern = host.Exactly(to, h.Pattern.Path())
	other.name = other.Pattern.String()
	keys := ""
	if x.document != nil {
		section := x.document.Section(config.Name + "@" + h.name)
		for _, key := range slices.Sorted(maps.Keys(section)) {
			if !helper.LooksSecret(section[key]) {
				keys += " --set " + helper.ShellWord(key+"="+section[key])
			}
		}
	}
	fix := strings.Replace(x.configure(&other), " configure", " configure"+keys, 1)
	if h.docker && h.git {
		fix += " --git " + helper.ShellWord(other.url())
	}
	return helper.Then(unconfigure(h.name), fix)
}
