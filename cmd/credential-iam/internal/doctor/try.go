package doctor

import (
	"context"
	"slices"
	"strings"
)

// Try makes a real request for hosts, HOST[:PORT][/PATH] or URLs; none means all that
// are configured. Of the checks it runs those that decide whether such a request is
// answered, and it reports what is wrong and the tokens that were made. Its errors are
// those of [Run].
func Try(ctx context.Context, w World, hosts []string, report func(Finding)) error {
	list := []check{{"configuration", mistakes, everyTrial}}
	for _, c := range checks() {
		if c.in == everyTrial || c.in == namedTrial && len(hosts) > 0 {
			list = append(list, c)
		}
	}
	return run(ctx, w, list, hosts, "", func(f Finding) {
		if strings.HasPrefix(f.Name, "host ") { // nobody asks for it yet: it was named for a client that has no configuration
			return
		}
		if f.Result == Error || f.Result == Warning || f.Result == OK && strings.HasPrefix(f.Name, "token ") {
			report(f)
		}
	})
}

// mistakes is the check of the configuration. Where the hosts are answered all the same
// a mistake is in another's section.
func mistakes(ctx context.Context, x *subject, r report) {
	elsewhere := !slices.ContainsFunc(x.hosts, func(h *place) bool { return h.err != nil })
	configuration(ctx, x, func(f Finding) {
		if elsewhere && f.Result == Error {
			f.Result = Warning
		}
		r(f)
	})
}
