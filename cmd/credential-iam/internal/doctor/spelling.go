package doctor

import (
	"context"
	"encoding/json"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// spelling finds what docker reads otherwise than it was meant: it compares the host
// of an image with the names of credHelpers letter by letter, and runs
// docker-credential- with the value behind it.
func spelling(_ context.Context, x *subject, r report) {
	for _, name := range slices.Sorted(maps.Keys(x.config.CredHelpers())) {
		suffix := x.config.CredHelpers()[name]
		check := "credHelpers " + name
		u, err := host.Typed().Read(name)
		bare := u.Host.String()
		switch {
		case err == nil && x.rival(name, bare):
			r.add(Warning, check, x.edit(), "it names the helper %q for %s in another spelling; docker does not compare that one, but other clients do, and get another identity: remove it", suffix, bare)
		case suffix != config.Name && !misspelled(suffix):
		case dockerconfig.Hub(bare):
			x.hub(r, check, name, bare)
		case err != nil:
			r.add(Warning, check, x.edit(), "it is not a host, so docker never runs the helper for it: remove it")
		case suffix != config.Name:
			r.add(Error, check, x.configureDocker(bare), "docker runs docker-credential-%s, which is not there; the value is %q", suffix, config.Name)
		case name != bare && name != bare+":443":
			r.add(Warning, check, x.configureDocker(bare), "docker compares the host of an image with it letter by letter, in lower case and without a scheme or a path, so this entry does nothing")
		}
	}
	if s := x.config.CredsStore; misspelled(s) {
		r.add(Error, "credsStore", x.edit(), "docker runs docker-credential-%s, which is not there: write %q instead of %q", s, config.Name, s)
	}
	x.keys(r)
}

// rival reports whether an entry makes clients that read spellings otherwise than docker,
// such as Jib, run another helper for a host that docker runs ours for.
func (x *subject) rival(name, bare string) bool {
	suffix := x.config.CredHelpers()[name]
	return name != bare && name != bare+":443" && suffix != config.Name && !misspelled(suffix) && x.config.CredHelpers()[bare] == config.Name
}

// misspelled reports whether a suffix was meant to be "iam".
func misspelled(suffix string) bool {
	if suffix == config.Name || runtime.GOOS == "windows" && suffix == config.Name+".exe" {
		return false
	}
	s := strings.TrimPrefix(strings.ToLower(suffix), "docker-credential-")
	return strings.TrimSuffix(s, ".exe") == config.Name
}

// hubKey is the name by which docker looks for Docker Hub.
const hubKey = "https://index.docker.io/v1/"

// hub says what an entry for Docker Hub does.
func (x *subject) hub(r report, check, name, bare string) {
	fix := unconfigure(bare)
	if name == hubKey {
		r.add(Error, check, fix, "docker runs docker-credential-iam for Docker Hub, which accepts no Google identity, and logins for it cannot be stored")
		return
	}
	r.add(Warning, check, fix, "docker looks for Docker Hub by the name %s, so this entry does nothing; Docker Hub accepts no Google identity anyway", hubKey)
}

// keys finds keys of the file that docker does not know and that were meant to be
// others.
func (x *subject) keys(r report) {
	var members map[string]json.RawMessage
	if x.document == nil || json.Unmarshal(x.document.Bytes(), &members) != nil {
		return
	}
	known := []string{"credHelpers", "credsStore", "plugins"}
	for _, key := range slices.Sorted(maps.Keys(members)) {
		meant := helper.Misspelled(key, known)
		if meant == "" || !strings.Contains(string(members[key]), `"`+config.Name) {
			continue
		}
		fix := x.edit()
		if meant == "credHelpers" {
			var helpers map[string]string
			_ = json.Unmarshal(members[key], &helpers)
			if fix = x.configureAll(helpers); fix == "" {
				continue // each of them is where it belongs, too
			}
		}
		r.add(Error, "key "+key, fix, "docker does not know this key of %s, so what it says does nothing: it is written %q", x.config.Path, meant)
	}
}

// configureAll makes docker run the helper for the hosts of a map like credHelpers
// for which it does not do so yet.
func (x *subject) configureAll(helpers map[string]string) string {
	var fixes []string
	for _, name := range slices.Sorted(maps.Keys(helpers)) {
		if h, ok := host.Parse("https", name); ok && helpers[name] == config.Name && x.config.CredHelpers()[h.String()] != config.Name {
			fixes = append(fixes, x.configureDocker(h.String()))
		}
	}
	return chain(fixes)
}
