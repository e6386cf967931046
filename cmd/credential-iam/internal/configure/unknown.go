package configure

import (
	"context"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// noteUnknown notes the hosts for which there is nothing to take back, with those for
// which there is: one of the two is misspelled, or was taken back before.
func (w World) noteUnknown(ctx context.Context, r Request, hosts []place, d *edited, p *plan) {
	if len(hosts) == 0 {
		return
	}
	known := configured(d, p)
	var unknown []place
	for _, h := range hosts {
		if !h.among(known) {
			unknown = append(unknown, h)
		}
	}
	if len(unknown) == 0 {
		return
	}
	if !r.System { // which takes programs of others to know
		uses, _ := w.tools(r).Uses(ctx)
		for _, u := range uses {
			if name := u.Host(); name != "" && !slices.Contains(known, name) {
				known = append(known, name)
			}
		}
	}
	slices.Sort(known)
	for _, h := range unknown {
		name := h.Pattern.Canonical().String()
		meant := helper.Misspelled(name, known)
		switch {
		case h.among(known):
		case meant != "":
			p.note("nothing is configured for %s; did you mean %s?", name, meant)
		case len(known) == 0:
			p.note("nothing is configured for %s, nor for any other host", name)
		default:
			p.note("nothing is configured for %s; there is %s", name, strings.Join(known, ", "))
		}
	}
}

// among reports whether a place is one of those named, or above one.
func (h place) among(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		server, path, _ := strings.Cut(name, "/")
		return accepted([]place{h}, server, path)
	})
}

// configured are the hosts, with paths, that the files name before the plan.
func configured(d *edited, p *plan) (names []string) {
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, f := range p.files {
		for _, name := range helpersOf(f.old) {
			add(bareHost(name))
		}
	}
	for _, name := range d.old.Sections(config.IsSection) {
		if name, ok := strings.CutPrefix(name, config.Name+"@"); ok {
			add(name)
		}
	}
	if p.git != nil {
		for _, at := range gitconfig.Places(p.git.entries) {
			add(at.Pattern.String())
		}
	}
	return names
}
