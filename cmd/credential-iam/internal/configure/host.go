package configure

import (
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// place is where credentials are asked for.
type place struct {
	config.Place
	// typed is what the person wrote, name the host of it, with its port if any, flag
	// the flag that it was given by.
	typed, name, flag string
}

// section returns the name of the place's section. A repository has the same one
// in all its spellings.
func (h place) section() string { return config.Name + "@" + h.Pattern.Canonical().String() }

// url returns the place as git's configuration names it.
func (h place) url() string { return h.Protocol + "://" + h.Pattern.String() }

// urls returns it in the spellings of a repository that git tells apart: it compares
// a path segment by segment, so that what is below each is covered.
func (h place) urls() []string {
	p := h.Pattern.Canonical()
	if p.Path() == "" {
		return []string{h.url()}
	}
	paths := []string{p.Path(), p.Path() + ".git"}
	if p.GoogleSource() {
		paths = append(paths, "a/"+paths[0], "a/"+paths[1])
	}
	if strings.HasSuffix(h.Pattern.Path(), ".git") { // what was typed comes first
		paths[0], paths[1] = paths[1], paths[0]
	}
	urls := make([]string, len(paths))
	for i, path := range paths {
		urls[i] = h.Protocol + "://" + p.Below(path).String()
	}
	return urls
}

// dockerHost reads a registry. Docker compares the names of credHelpers letter by
// letter with the host of an image, so only a host can be there.
func dockerHost(typed string) (h place, note string, err error) {
	h, err = readPlace(host.Docker, typed)
	if err != nil {
		return h, "", usagef("--docker %q: %w", host.Shown(h.typed), err)
	}
	if h.Pattern.Stars() > 0 {
		return h, "", usagef("--docker %q: docker has no wildcards in credHelpers; name each registry", typed)
	}
	if dockerconfig.Hub(h.name) {
		return h, "", usagef("--docker %q: Docker Hub accepts no Google identity", typed)
	}
	if with := h.name + ":443"; strings.Contains(strings.ToLower(typed), with) {
		h.name = with // it is part of the image's name then
	}
	if h.Pattern.Path() != "" || strings.Contains(typed, "://") {
		note = fmt.Sprintf("--docker %s: docker asks for the host alone, so %s is configured", typed, h.name)
	}
	h.Pattern = h.Pattern.Below("")
	return h, note, nil
}

// gitHost reads a host or a URL.
func gitHost(typed string) (place, error) {
	h, err := readPlace(host.Git, typed)
	if err == nil {
		return h, nil
	}
	if url := overSSH(typed); url != "" && h.typed == typed {
		shown := host.Shown(typed)
		if strings.HasPrefix(strings.TrimPrefix(typed, "ssh://"), "git@") { // which is everybody's name there
			shown = typed
		}
		return h, usagef("--git %q: git asks for no credential over ssh; want %s", shown, url)
	}
	return h, usagef("--git %q: %w", host.Shown(h.typed), err)
}

// overSSH returns the https URL of a repository that is named for ssh, as
// [USER@]HOST:PATH or ssh://[USER@]HOST[:PORT]/PATH, "" for another text.
func overSSH(typed string) string {
	name, ssh := strings.CutPrefix(typed, "ssh://")
	at := strings.LastIndexByte(name, '@')
	if !ssh && at < 0 || strings.Contains(name, "://") {
		return ""
	}
	name = name[at+1:]
	end := strings.IndexAny(name+"/", ":/")
	server, path := name[:end], strings.TrimLeft(name[end:], ":/")
	if port, rest, _ := strings.Cut(path, "/"); ssh && strings.HasPrefix(name[end:], ":") && strings.Trim(port, "0123456789") == "" {
		path = rest
	}
	u, err := host.Typed().Read("https://" + server + "/" + path)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix("https://"+u.Host.String()+"/"+u.Path, "/")
}

// readPlace reads [SCHEME://]HOST[:PORT][/PATH].
func readPlace(client host.Client, typed string) (place, error) {
	h := place{typed: typed}
	if helper.LooksSecret(helper.OneLine(typed, len(typed))) {
		return place{typed: "HOST"}, errors.New(helper.NotShown)
	}
	form := host.Form{Schemes: []string{"https", "http"}, Bare: true, API: client == host.Docker}
	protocol, p, err := form.ReadPattern(strings.TrimSpace(typed))
	if err != nil {
		return h, err
	}
	h.Place, h.name = config.Place{Client: client, Protocol: protocol, Pattern: p}, p.Host()
	if protocol == "http" && !p.Loopback() {
		return h, errors.New("a token is sent over https alone (or to this machine itself)")
	}
	if strings.Contains(p.Path(), `"`) { // it ends a name in git's file
		return h, host.ErrPath
	}
	return h, config.CheckSection(h.section())
}
