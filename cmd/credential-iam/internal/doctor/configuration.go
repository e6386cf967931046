package doctor

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/trust"
)

// ourSection reports whether docker stops in a section of this product: that
// mistake is reported once, as the section's.
func ourSection(err error) bool {
	var e *dockerconfig.TypeError
	return errors.As(err, &e) && len(e.Names) > 1 && strings.EqualFold(e.Names[0], "plugins") && config.IsSection(e.Names[1])
}

// configuration checks docker's file.
func configuration(_ context.Context, x *subject, r report) {
	problems := 0
	if err := x.config.Broken(); err != nil {
		problems++
		r(x.failed("configuration", err))
	}
	for _, name := range x.config.Sections() {
		if err := x.config.SectionError(name); err != nil {
			problems++
			r(x.failed("section "+name, err))
		}
	}
	if x.stopped != nil && x.config.Broken() == nil && !ourSection(x.stopped) {
		problems++
		r.add(Error, "configuration", x.edit(), "docker stops reading %s: %v", x.config.Path, x.stopped)
	}
	switch {
	case problems > 0:
	case x.config.Path == "":
		r(x.failed("configuration", config.NoPath(x.Env)))
	case len(x.hosts) == 0 && len(x.config.Sections()) == 0 && x.config.CredsStore != config.Name:
		r.add(Warning, "configuration", "credential-iam configure --service-account EMAIL --docker HOST", "nothing is configured in %s", x.config.Path)
	case x.only != "" && x.elsewhere(x.hosts[0]): // there is nothing to configure for it
	case x.only != "" && !x.hosts[0].docker && !x.hosts[0].git && !x.toolAsks(x.hosts[0]):
		fix := x.configure(x.hosts[0])
		if meant, ok := x.meant(x.hosts[0].Place); ok {
			fix = x.moved(x.hosts[0], meant)
		}
		r.add(Warning, "configuration", fix, "neither docker nor git runs the helper for %s", x.hosts[0].name)
	default:
		var names []string
		for _, h := range x.hosts {
			if _, wrong := x.misplaced(h.Place); !wrong || x.named(h) { // the typed one is not, see the location
				names = append(names, h.name)
			}
		}
		switch {
		case len(names) > 0:
		case x.only != "":
			names = []string{"nothing for " + x.hosts[0].name + " by name"}
		default:
			names = []string{"no host yet"}
		}
		if e := x.writable(); e != nil {
			r.add(Warning, "configuration", e.Hint, "%s says as whom you act: %s", x.config.Path, e.Reason)
			return
		}
		r.add(OK, "configuration", "", "%s: %s", x.config.Path, join(names))
	}
}

// writable says why others can change docker's file, nil where they cannot or where
// there is none.
func (x *subject) writable() *trust.Error {
	if _, err := os.Stat(x.config.Path); err != nil {
		return nil
	}
	_, _, e := trust.File(x.config.Path, trust.Ours)
	return e
}
