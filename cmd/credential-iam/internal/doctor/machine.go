package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// resolve finds whom each host stands for, and checks the source identities.
func (x *examination) resolve(ctx context.Context) {
	var said []string
	for _, h := range x.hosts {
		h.target, h.err = x.config.Resolve(ctx, h.request(), x.Identities)
		if errors.Is(h.err, helper.ErrNoTarget) {
			h.err = &helper.Error{
				Who: helper.User, Op: "answer for", Object: h.name, Code: "no-target",
				Reason: "it is none of Google's hosts and has no section of its own in docker's configuration file",
				Hint:   "credential-iam configure --docker " + quote(h.name) + " --token access",
			}
		}
		if h.err != nil {
			c := failed("identity "+h.name, h.err)
			if e := helper.AsError(h.err); e.Code == "no-source" || e.Code == "config" {
				if e.Code == "config" && len(x.config.Problems()) > 0 || slices.Contains(said, e.Reason) {
					c.Result = Skipped
					c.Fix = ""
				} else if e.Code == "no-source" {
					said = append(said, e.Reason)
					c.Name = "source"
				}
			}
			x.checks = append(x.checks, c)
		}
	}
	x.sources(ctx)
}

// sources names each source identity once, and the hosts that use it when there
// is more than one.
func (x *examination) sources(ctx context.Context) {
	type group struct {
		target helper.Target
		hosts  []string
	}
	var groups []*group
	for _, h := range x.hosts {
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
			x.checks = append(x.checks, failed("source", err))
			continue
		}
		who := id.Principal
		if who == "" {
			who = "a principal that is known only after signing in"
		}
		x.add(OK, "source", "", "%s (%s, found by %s): %s%s", g.target.Source, id.Kind, g.target.Source.From, who, forWhom)
	}
}

// keystores checks the keystores that are configured.
func (x *examination) keystores(ctx context.Context) {
	names := []string{}
	for _, h := range x.hosts {
		if h.err == nil && !slices.Contains(names, h.target.Keystore) {
			names = append(names, h.target.Keystore)
		}
	}
	if len(names) == 0 {
		names = []string{"auto"}
	}
	for _, name := range names {
		label := "keystore"
		if len(names) > 1 {
			label += " " + name
		}
		choice, err := x.Keystore(ctx, name)
		switch {
		case err != nil:
			x.add(Warning, label, "${EDITOR:-vi} "+quote(x.config.Path)+"   # keystore", "%s cannot be used, so that nothing is cached: %v", name, err)
		case keystore.TimedOut(choice):
			x.add(Warning, label, "", "%s did not answer in time, so that nothing is cached", choice.Name())
		case choice.Warning != "":
			x.add(Warning, label, "", "%s (%s): %s", choice.Name(), choice.Why, choice.Warning)
		case choice.Name() == "none":
			x.add(Warning, label, "", "none, so every request mints a token of its own (%s)", choice.Why)
		default:
			x.add(OK, label, "", "%s (%s)", choice.Name(), choice.Why)
		}
	}
}

// locks checks the folder by which processes that miss together mint once.
func (x *examination) locks(ctx context.Context) {
	l, err := keystore.OpenLocks(x.Env.Getenv)
	if err != nil {
		x.add(Warning, "locks", "", "processes that need the same token at once each mint their own: %s", strings.TrimPrefix(err.Error(), "keystore unavailable: "))
		return
	}
	release, err := l.Lock(ctx, keystore.NewKey("doctor", "-", "locks"))
	if err != nil {
		x.add(Warning, "locks", "", "%s cannot be locked: %v", l.Dir, err)
		return
	}
	release()
	x.add(OK, "locks", "", "%s", l.Dir)
}
