package configure

import (
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// place is a host that credentials are asked for.
type place struct {
	client host.Client
	// typed is what the person wrote.
	typed string
	// protocol, name and path are its parts; name has its port, if any.
	protocol, name, path string
}

// request returns what the client would ask for.
func (h place) request() helper.Request {
	name := strings.ReplaceAll(h.name, "*", "x")
	return helper.Request{Client: h.client, Protocol: h.protocol, Host: name, Path: h.path}
}

// section returns the name of the host's section. A repository has the same one
// with and without ".git".
func (h place) section() string {
	name := h.name
	if c, ok := host.Canonical(h.protocol, strings.ReplaceAll(name, "*", "x")); ok && h.protocol == "https" && !strings.HasSuffix(c, ":443") {
		name = strings.TrimSuffix(name, ":443")
	}
	section := config.Name + "@" + name
	if h.path != "" {
		section += "/" + strings.TrimSuffix(h.path, ".git")
	}
	return section
}

// url returns the host as git's configuration names it.
func (h place) url() string {
	url := h.protocol + "://" + h.name
	if h.path != "" {
		url += "/" + h.path
	}
	return url
}

// dockerHost reads a registry. Docker compares the names of credHelpers letter by
// letter with the host of an image, so nothing but a host can stand there.
func dockerHost(typed string) (h place, note string, err error) {
	h, err = splitHost(host.Docker, typed)
	if err != nil {
		return h, "", usagef("--docker %s: %w", typed, err)
	}
	if strings.Contains(h.name, "*") {
		return h, "", usagef("--docker %s: docker has no wildcards in credHelpers; name each registry", typed)
	}
	if dockerconfig.Hub(h.name) {
		return h, "", usagef("--docker %s: Docker Hub accepts no Google identity", typed)
	}
	if h.path != "" || strings.Contains(typed, "://") {
		note = fmt.Sprintf("--docker %s: docker asks for the host alone, so %s is configured", typed, h.name)
	}
	h.path = ""
	return h, note, nil
}

// gitHost reads a host or a URL.
func gitHost(typed string) (place, error) {
	h, err := splitHost(host.Git, typed)
	if err != nil {
		return h, usagef("--git %s: %w", typed, err)
	}
	return h, nil
}

// splitHost reads [SCHEME://]HOST[:PORT][/PATH].
func splitHost(client host.Client, typed string) (place, error) {
	h := place{client: client, typed: typed, protocol: "https"}
	rest := strings.TrimSpace(typed)
	if scheme, after, ok := strings.Cut(rest, "://"); ok {
		h.protocol, rest = strings.ToLower(scheme), after
	}
	name, path, _ := strings.Cut(rest, "/")
	h.name, h.path = strings.ToLower(name), strings.Trim(path, "/")
	if h.protocol != "https" && h.protocol != "http" {
		return h, fmt.Errorf("only https asks for a credential, not %s", helper.OneLine(h.protocol, 20))
	}
	if strings.Contains(name, "@") {
		return h, fmt.Errorf("a user name cannot be part of it (nor does ssh ask for a credential)")
	}
	canonical, ok := host.Canonical(h.protocol, strings.ReplaceAll(h.name, "*", "x"))
	if !ok {
		return h, fmt.Errorf("%q is not a host name with an optional port", helper.OneLine(name, 120))
	}
	if h.protocol == "http" && !host.Loopback(canonical) {
		return h, fmt.Errorf("a token is sent over https alone (or to this machine itself)")
	}
	if strings.ContainsAny(h.path, "?#%\\\"") || strings.ContainsFunc(h.path, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return h, fmt.Errorf("its path holds characters that a repository's path has not")
	}
	for segment := range strings.SplitSeq(h.path, "/") {
		if segment == "." || segment == ".." {
			return h, fmt.Errorf("its path has a dot segment")
		}
	}
	if err := config.CheckSection(h.section()); err != nil {
		return h, err
	}
	return h, nil
}
