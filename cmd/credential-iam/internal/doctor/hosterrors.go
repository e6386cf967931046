package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/near"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// hostErrors says which hosts get no identity, and why.
func hostErrors(_ context.Context, x *subject, r report) {
	var said []string
	for _, h := range x.walked {
		if x.elsewhere(h) {
			r.add(Skipped, "identity "+h.name, "", "Docker Hub accepts no Google identity, so no helper is needed for it")
			continue
		}
		if errors.Is(h.err, helper.ErrNoTarget) {
			h.err = x.noTarget(h)
		}
		if h.err != nil {
			c := x.failed("identity "+h.name, h.err)
			e := helper.AsError(h.err)
			switch {
			case e.Code == "no-consent", e.Code == "no-account":
				c.Fix = x.configure(h)
			case slices.Contains(said, e.Reason):
				c.Result, c.Detail, c.Fix = Skipped, "there is no source identity, see above", ""
			case e.Code == "config" && len(x.config.Problems()) > 0:
				c.Result, c.Fix = Skipped, "" // it was reported before
			case e.Code == "no-source":
				said = append(said, e.Reason)
				c.Name = "source"
			}
			r(c)
		}
	}
}

// noTarget says why a host is not answered, and which one was probably meant.
func (x *subject) noTarget(h *place) error {
	e := &helper.Error{
		Who: helper.User, Op: "answer for", Object: h.name, Code: "no-target",
		Reason: "it is not a built-in Google host and has no section of its own in docker's configuration file",
		Hint:   x.configure(h),
	}
	meant, ok := near.Host(h.Place)
	if ok {
		e.Reason = "it is not one of Google's hosts; did you mean " + meant.String() + "?"
	} else if meant, ok = host.Parse("https", x.config.Meant(h.Pattern.Host())); ok {
		e.Reason += "; did you mean " + meant.String() + "?"
	} else {
		return e
	}
	e.Hint = x.moved(h, meant)
	return e
}
