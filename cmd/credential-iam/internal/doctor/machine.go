package doctor

import (
	"context"
	"errors"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// resolve finds the account of each host, and checks the source identities.
func (x *examination) resolve(ctx context.Context) {
	var said []string
	for _, h := range x.hosts {
		h.target, h.err = x.config.ResolveAt(ctx, h.Place, x.Identities)
		if x.elsewhere(h) {
			x.add(Skipped, "identity "+h.name, "", "Docker Hub accepts no Google identity, so no helper is needed for it")
			continue
		}
		if errors.Is(h.err, helper.ErrNoTarget) {
			h.err = &helper.Error{
				Who: helper.User, Op: "answer for", Object: h.name, Code: "no-target",
				Reason: "it is not a built-in Google host and has no section of its own in docker's configuration file",
				Hint:   x.configure(h),
			}
		}
		if h.err != nil {
			c := x.failed("identity "+h.name, h.err)
			e := helper.AsError(h.err)
			switch {
			case e.Code == "no-consent":
				c.Fix = x.configure(h)
			case e.Code == "config" && len(x.config.Problems()) > 0, slices.Contains(said, e.Reason):
				c.Result, c.Fix = Skipped, "" // it was reported before
			case e.Code == "no-source":
				said = append(said, e.Reason)
				c.Name = "source"
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
			x.checks = append(x.checks, x.failed("source", err))
			continue
		}
		who := id.Principal
		if who == "" {
			who = "e-mail unknown until a token is requested"
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
			x.add(Warning, label, x.edit(), "%s cannot be used, so nothing is cached: %v; set another keystore there, or auto", name, err)
		case keystore.TimedOut(choice):
			x.add(Warning, label, x.edit(), "%s did not answer in time, so nothing is cached; set another keystore there", choice.Name())
		case choice.Warning != "":
			x.add(Warning, label, x.edit(), "%s (%s): %s; auto uses only a private one, or none", choice.Name(), choice.Why, choice.Warning)
		case choice.Name() == "none":
			x.uncached(label, name, choice)
		default:
			x.add(OK, label, "", "%s (%s)", choice.Name(), choice.Why)
		}
	}
}

// uncached says why nothing is cached, and what would be. In a container a shell
// in a session of its own has a private keyring.
func (x *examination) uncached(label, name string, choice keystore.Choice) {
	const none = "none, so every request makes a new token (%s)"
	switch {
	case name == "none":
		x.add(Warning, label, x.edit(), none+"; auto chooses the best one of this machine", choice.Why)
	case errors.Is(choice.Passed, keystore.ErrNoSession):
		x.add(Warning, label, "keyctl session -", none+"; a shell in its own session has a keyring to use", choice.Why)
	default:
		x.add(Warning, label, x.edit(), none+"; the keystore tmpfs needs only a memory file system (XDG_RUNTIME_DIR)", choice.Why)
	}
}

// locks checks the folder by which processes that miss together mint once.
func (x *examination) locks(ctx context.Context) {
	l, err := keystore.OpenLocks(x.Env.Getenv)
	if err != nil {
		x.add(Warning, "locks", `ls -ld "${XDG_RUNTIME_DIR:-/tmp}" /tmp/credential-iam-*`, "processes that need the same token at the same time each make their own: %s", keystore.Reason(err))
		return
	}
	release, err := l.Lock(ctx, keystore.NewKey("doctor", "-", "locks"))
	if err != nil {
		x.add(Warning, "locks", "ls -ld "+helper.ShellWord(l.Dir), "%s cannot be locked: %v", l.Dir, err)
		return
	}
	release()
	x.add(OK, "locks", "", "%s", l.Dir)
}
