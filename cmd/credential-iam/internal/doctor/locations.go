package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// locations finds hosts of a location that Google probably does not have. The token goes
// to nobody else, so that only a person can know.
func locations(_ context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		if meant, ok := x.misplaced(h.Place); ok {
			r.add(Warning, "location "+h.name, x.moved(h, meant), "no location of Google's is called that; did you mean %s?", meant)
		}
	}
}

// misplaced returns the host of Google's that a place in a location of nobody's is
// probably a misspelling of, unless it was configured on purpose, as configure takes it.
func (x *subject) misplaced(at config.Place) (host.Host, bool) {
	if x.document != nil && x.document.Consents(config.Name+"@"+at.Pattern.String()) {
		return host.Host{}, false
	}
	return near.Location(at)
}

// named reports whether something that is configured names a host, rather than the
// person who asks about it alone.
func (x *subject) named(h *place) bool {
	_, docker := x.config.CredHelpers()[h.name]
	return docker || h.gitNamed || slices.Contains(x.config.Sections(), config.Name+"@"+h.name) ||
		slices.ContainsFunc(x.uses, func(u toolconfig.Use) bool { return u.Host() == h.Pattern.Host() })
}

// moved is the command that configures another host instead of one, with what its
// section says. Of a host that is not configured there is nothing to take back, and the
// other one may be configured already.
func (x *subject) moved(h *place, to host.Host) string {
	other := h.on(to)
	if !x.named(h) {
		if x.named(other) || x.dockerAsks(other.name) {
			return "credential-iam doctor --host " + helper.ShellWord(other.name)
		}
		return x.configure(other)
	}
	keys := ""
	if x.document != nil {
		section := x.document.Section(config.Name + "@" + h.name)
		for _, key := range slices.Sorted(maps.Keys(section)) {
			if !helper.LooksSecret(section[key]) {
				keys += " --set " + helper.ShellWord(key+"="+section[key])
			}
		}
	}
	fix := strings.Replace(x.configure(other), " configure", " configure"+keys, 1)
	if h.docker && h.git {
		fix += " --git " + helper.ShellWord(other.url())
	}
	return helper.Then(unconfigure(h.name), fix)
}
