package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// place is a configured host.
type place struct {
	// name is HOST[:PORT][/PATH], an asterisk standing for any label.
	name string
	// Place is where it is. The protocol is http only for a loopback address that
	// git has so; the client is git, whose hosts include docker's, or
	// Bazel.
	config.Place
	// docker and git say which client runs the helper for it, asked what git does
	// when it wants a credential. gitNamed says that an entry of git's names
	// git-credential-iam for it, whether it counts or not.
	docker, git, gitNamed bool
	asked                 gitconfig.Asked
	// target is what the host gets, unless err says why nothing.
	target helper.Target
	err    error
}

// url is the host as git names it.
func (h *place) url() string { return h.Protocol + "://" + h.name }

// on is the place with another host in it.
func (h *place) on(to host.Host) *place {
	other := *h
	other.Pattern = host.Exactly(to, h.Pattern.Path())
	other.name = other.Pattern.String()
	return &other
}

// findHosts collects the hosts of docker's file and of git's configuration.
func (x *subject) findHosts(ctx context.Context, only ...string) {
	defer x.askGit(ctx)
	for _, name := range only {
		if protocol, p, err := host.Typed().ReadPattern(name); err == nil {
			h := x.host(protocol, p)
			h.docker = x.dockerAsks(h.name)
		}
	}
	if len(only) > 0 {
		return
	}
	for _, name := range x.config.ServedByDocker() {
		if h, ok := host.Parse("https", name); ok {
			as := x.host("https", host.Exactly(h, ""))
			as.docker = as.docker || name == h.String() || name == h.String()+":443"
		}
	}
	for _, section := range x.config.Sections() {
		if name, ok := strings.CutPrefix(section, config.Name+"@"); ok {
			if p, err := host.ParsePattern(name); err == nil {
				x.host("https", p)
			}
		}
	}
	for _, p := range gitconfig.Places(x.git.entries) {
		x.host(p.Protocol, p.Pattern)
	}
	slices.SortFunc(x.hosts, func(a, b *place) int { return strings.Compare(a.name, b.name) })
}

// host returns the place of a pattern, once.
func (x *subject) host(protocol string, p host.Pattern) *place {
	p = p.Canonical()
	name := p.String()
	for _, h := range x.hosts {
		if h.name == name {
			if protocol == "http" {
				h.Protocol = protocol
			}
			return h
		}
	}
	h := &place{name: name, Place: config.Place{Client: p.Asker(), Protocol: protocol, Pattern: p}}
	x.hosts = append(x.hosts, h)
	return h
}

// dockerAsks reports whether docker runs docker-credential-iam for a host.
func (x *subject) dockerAsks(name string) bool {
	if suffix, ok := x.config.CredHelpers()[name]; ok {
		return suffix == config.Name
	}
	return x.config.CredsStore == config.Name && !strings.Contains(name, "/")
}

// askGit has git say what it does for each host. Where no entry of its configuration
// could make it run git-credential-iam, it is not asked.
func (x *subject) askGit(ctx context.Context) {
	if !x.git.usable() {
		return
	}
	for _, p := range gitconfig.Places(x.git.entries) {
		for _, h := range x.hosts {
			h.gitNamed = h.gitNamed || h.Protocol == p.Protocol && h.Pattern == p.Pattern
		}
	}
	for _, h := range x.hosts {
		if !slices.ContainsFunc(x.git.entries, func(e gitconfig.Entry) bool {
			return e.Section == "credential" && e.Name == "helper" && gitconfig.Ours(e.Value) && (h.gitNamed || gitconfig.MayMatch(e.URL, h.url()))
		}) {
			continue
		}
		url := h.url()
		if h.Pattern.Path() == "" {
			url += "/any/path" // whether git tells a path is known of a path alone
		}
		var err error
		if h.asked, err = x.git.Ask(ctx, x.git.entries, url); err != nil && x.git.err == nil && ctx.Err() == nil {
			x.git.err = err
		}
		h.git = slices.ContainsFunc(h.asked.Helpers, func(e gitconfig.Entry) bool { return gitconfig.Ours(e.Value) })
	}
}

// elsewhere reports whether a host is Docker Hub and is not configured all the
// same.
func (x *subject) elsewhere(h *place) bool {
	_, err := x.config.DescribeAt(h.Place)
	return dockerconfig.Hub(h.name) && !h.git && x.config.CredHelpers()[h.name] != config.Name && errors.Is(err, helper.ErrNoTarget)
}

// anyDocker and anyGit report whether any host is of that client.
func (x *subject) anyDocker() bool {
	return slices.ContainsFunc(x.hosts, func(h *place) bool { return h.docker })
}

func (x *subject) anyGit() bool {
	return slices.ContainsFunc(x.hosts, func(h *place) bool { return h.git })
}
