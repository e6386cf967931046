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
		date, err := x.Date(ctx, endpoint)
		if err != nil {
			x.down[endpoint] = true
			r.add(Error, "api", "", "%s cannot be reached: %v; curl -sSI %s shows more", endpoint, err, helper.ShellWord(endpoint))
			continue
		}
		r.add(OK, "api", "", "%s responds in %s", endpoint, x.Env.Now().Sub(before).Round(time.Millisecond))
		x.clock(r, date, x.Env.Now())
	}
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
