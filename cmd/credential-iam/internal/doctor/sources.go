package doctor

import (
	"context"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// sources names each source identity once, and the hosts that use it when there
// is more than one.
func sources(ctx context.Context, x *subject, r report) {
	type group struct {
		target helper.Target
		hosts  []string
	}
	var groups []*group
	if !slices.ContainsFunc(x.walked, func(h *place) bool { return !x.elsewhere(h) }) && !x.limited {
		// Nothing asks yet: it is what a host that is configured would use.
		values := map[string]string{"serviceAccount": config.Own, "token": string(helper.Access), "issuer": helper.Google}
		t, err := x.config.Command(ctx, values, x.Identities)
		switch {
		case err == nil:
			groups = append(groups, &group{target: t})
		case helper.AsError(err).Code == "no-source":
			f := x.failed("source", err)
			f.Result = Warning
			r(f)
		}
	}
	for _, h := range x.walked {
		if h.err != nil {
			continue
		}
		i := slices.IndexFunc(groups, func(g *group) bool { return g.target.Source == h.target.Source })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{target: h.target})
		}
		groups[i].hosts = append(groups[i].hosts, h.name)
	}
	for _, g := range groups {
		forWhom := ""
		if len(groups) > 1 {
			forWhom = " for " + join(g.hosts)
		}
		id, err := x.Client(nil).Identity(ctx, g.target)
		if err != nil {
			r(x.failed("source", err))
			continue
		}
		who := id.Principal
		if who == "" {
			who = "e-mail unknown until a token is requested"
		}
		r.add(OK, "source", "", "%s (%s, found by %s): %s%s", g.target.Source, id.Kind, g.target.Source.From, who, forWhom)
		if why := g.target.Source.Unshared; why != "" {
			r.add(Warning, "source cached", "", "%s is never cached, each request is a new mint: %s", g.target.Source, why)
		}
		if len(id.Unused) > 0 {
			r.add(Warning, "source members", "", "%s has members that count for nothing: %s", g.target.Source, join(id.Unused))
		}
	}
}
