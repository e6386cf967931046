package doctor

import (
	"errors"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// place is a host that we are configured for.
type place struct {
	// name is HOST[:PORT][/PATH], an asterisk standing for any label.
	name string
	// docker and git say which client asks us for it.
	docker, git bool
	// protocol is http only for a loopback address that git has so.
	protocol string
	// target is whom it stands for, unless err says why nobody.
	target helper.Target
	err    error
}

// request is what a client would ask.
func (h *place) request() helper.Request {
	name, path, _ := strings.Cut(strings.ReplaceAll(h.name, "*", "any-label"), "/")
	return helper.Request{Client: host.Git, Protocol: h.protocol, Host: name, Path: path}
}

// url is the host as git names it.
func (h *place) url() string { return h.protocol + "://" + h.name }

// findHosts collects the hosts of docker's file and of git's configuration.
func (x *examination) findHosts(only string) {
	if only != "" {
		h := x.host(only)
		h.docker = x.dockerAsks(h)
		h.git = x.gitAsks(h)
		return
	}
	for _, name := range x.config.ServedByDocker() {
		if _, ok := host.Canonical("https", name); ok {
			x.host(name).docker = true
		}
	}
	for _, section := range x.config.Sections() {
		if name, ok := strings.CutPrefix(section, config.Name+"@"); ok && config.CheckSection(section) == nil {
			x.host(name)
		}
	}
	for _, e := range x.git.entries {
		if e.Section == "credential" && e.Name == "helper" && e.URL != "" && gitconfig.Ours(e.Value) {
			x.host(e.URL).git = true
		}
	}
	for _, h := range x.hosts {
		h.git = h.git || x.gitAsks(h)
	}
	slices.SortFunc(x.hosts, func(a, b *place) int { return strings.Compare(a.name, b.name) })
}

// host returns the host of a name or a URL, once.
func (x *examination) host(name string) *place {
	protocol := "https"
	if strings.HasPrefix(strings.ToLower(name), "http://") {
		protocol = "http"
	}
	if !strings.Contains(name, "://") {
		name = protocol + "://" + name
	}
	bare, path := gitconfig.Host(name)
	path = strings.TrimSuffix(path, ".git")
	if path == "v1" || path == "v2" {
		path = ""
	}
	if path != "" {
		bare += "/" + path
	}
	for _, h := range x.hosts {
		if h.name == bare {
			if protocol == "http" {
				h.protocol = protocol
			}
			return h
		}
	}
	h := &place{name: bare, protocol: protocol}
	x.hosts = append(x.hosts, h)
	return h
}

// dockerAsks reports whether docker asks us for a host.
func (x *examination) dockerAsks(h *place) bool {
	if suffix, ok := x.config.CredHelpers[h.name]; ok {
		return suffix == config.Name
	}
	return x.config.CredsStore == config.Name && !strings.Contains(h.name, "/")
}

// gitAsks reports whether git asks us for a host.
func (x *examination) gitAsks(h *place) bool {
	url := strings.ReplaceAll(h.url(), "*", "any-label")
	return slices.ContainsFunc(gitconfig.Helpers(x.git.entries, url), gitconfig.Ours)
}

// elsewhere reports whether a host is Docker Hub, and nobody has configured us for
// it all the same.
func (x *examination) elsewhere(h *place) bool {
	_, err := x.config.Describe(h.request())
	return dockerconfig.Hub(h.name) && !h.git && x.config.CredHelpers[h.name] != config.Name && errors.Is(err, helper.ErrNoTarget)
}

// anyDocker and anyGit report whether any host is of that client.
func (x *examination) anyDocker() bool {
	return slices.ContainsFunc(x.hosts, func(h *place) bool { return h.docker })
}

func (x *examination) anyGit() bool {
	return slices.ContainsFunc(x.hosts, func(h *place) bool { return h.git })
}
