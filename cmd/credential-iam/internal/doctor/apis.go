package doctor

import (
	"context"
	"slices"
	"time"

	"github.com/credential-iam/credential-iam/helper"
)

// maxSkew is how far the local clock may be off without a warning. The cache uses
// the server's clock, but other programs on this machine do not.
const maxSkew = time.Minute

// apis checks that the APIs answer, and what they say the time is.
func apis(ctx context.Context, x *subject, r report) {
	var done []string
	for _, h := range x.walked {
		endpoint := h.target.Endpoint
		if h.err != nil || h.target.ServiceAccount == "" || slices.Contains(done, endpoint) {
			continue
		}
		done = append(done, endpoint)
		before := x.Env.Now()
		date, err := x.Reach(ctx, h.target)
		if err != nil {
			x.down[endpoint] = true
			r(x.unreached(h.target, err))
			continue
		}
		r.add(OK, "api", "", "%s responds in %s", endpoint, x.Env.Now().Sub(before).Round(time.Millisecond))
		x.clock(r, date, x.Env.Now())
	}
}

// unreached says why an API does not answer. Where nothing on the way is to blame, it is
// the address that the configuration names.
func (x *subject) unreached(t helper.Target, err error) Finding {
	f := x.failed("api", err)
	google := "https://iamcredentials." + t.UniverseDomain + "/"
	switch e := helper.AsError(err); {
	case e.Hint != "":
	case t.Endpoint != google:
		return finding(Error, "api", x.edit(), "%s; write \"endpoint\": %q there, or leave it out", said(e), google)
	default:
		return finding(Error, "api", helper.FetchCommand("-sSI", google), "%s", said(e))
	}
	return f
}

func (x *subject) clock(r report, server, local time.Time) {
	if server.IsZero() {
		return
	}
	off := local.Sub(server).Round(time.Second)
	if off.Abs() <= maxSkew {
		r.add(OK, "clock", "", "within %s of the server's clock", max(off.Abs(), time.Second))
		return
	}
	how := "ahead"
	if off < 0 {
		how = "behind"
	}
	r.add(Warning, "clock", helper.SetClock(), "it is %s %s; the cache uses the server's clock, but other programs see tokens expire at the wrong time", off.Abs(), how)
}
