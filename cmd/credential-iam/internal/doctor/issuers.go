package doctor

import (
	"context"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
)

// issuers checks the plugins that hosts name.
func issuers(ctx context.Context, x *subject, r report) {
	type plugin struct{ name, pin string }
	var done []plugin
	for _, h := range x.hosts {
		p := plugin{h.target.Issuer, h.target.Options["sha256"]}
		if h.err != nil || p.name == helper.Google || slices.Contains(done, p) {
			continue
		}
		done = append(done, p)
		d, err := x.Issuer(ctx, p.name, p.pin)
		if err != nil {
			r(x.failed("issuer "+p.name, err))
			continue
		}
		pinned := "its digest is not pinned"
		if p.pin != "" {
			pinned = "its digest is the pinned one"
		}
		r.add(OK, "issuer "+p.name, "", "version %s, protocol %d (%s; %s)", d.Version, d.Protocol, d.Path, pinned)
	}
}
