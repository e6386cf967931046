package doctor

import (
	"context"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// byDefault has the checks behind it walk the identity of the commands that name no
// host, such as credential-iam token, where the section "iam" names it and no host is
// there to show whether it works. It is no host, and no client asks for it.
func byDefault(ctx context.Context, x *subject, _ report) {
	if x.limited || !x.config.NamesIdentity() || slices.ContainsFunc(x.hosts, func(h *place) bool { return !x.elsewhere(h) }) {
		return
	}
	d := &place{name: "by default"}
	values := map[string]string{"token": string(helper.Access), "issuer": helper.Google}
	d.target, d.err = x.config.Command(ctx, values, x.Identities)
	if d.err != nil && helper.AsError(d.err).Code == "no-account" { // each command names one: the source is what there is to test
		values["serviceAccount"] = config.Own
		d.target, d.err = x.config.Command(ctx, values, x.Identities)
	}
	x.walked = append(slices.Clone(x.hosts), d)
}
