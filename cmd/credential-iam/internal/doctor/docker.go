package doctor

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// docker checks which docker there is, and what it takes before any helper.
func (x *examination) docker() {
	path, err := x.LookPath("docker")
	if err != nil {
		x.add(Skipped, "docker", "", "there is no program docker on the PATH")
	} else {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			real = path
		}
		switch lower := strings.ToLower(filepath.ToSlash(real)); {
		case strings.HasPrefix(path, "/snap/"), strings.HasPrefix(lower, "/snap/"), strings.HasSuffix(lower, "/usr/bin/snap"):
			x.add(Warning, "docker", "sudo snap remove docker && sudo apt-get install docker.io", "%s is a snap: it finds neither docker-credential-iam on the PATH nor ~/.docker", path)
		case strings.Contains(lower, "docker desktop"), strings.Contains(lower, "/docker.app/"), strings.Contains(lower, "/mnt/wsl/docker-desktop"):
			x.add(OK, "docker", "", "%s belongs to Docker Desktop; this command line runs docker-credential-iam, but the Docker Desktop window has its own PATH", path)
		default:
			x.add(OK, "docker", "", "%s", path)
		}
	}
	x.authConfig()
}

// authConfig checks the variable that goes before every helper (docker 28.3).
func (x *examination) authConfig() {
	value := x.Env.Getenv("DOCKER_AUTH_CONFIG")
	if value == "" {
		return
	}
	var c struct {
		Auths map[string]json.RawMessage `json:"auths"`
	}
	const fix = "unset DOCKER_AUTH_CONFIG"
	if json.Unmarshal([]byte(value), &c) != nil {
		x.add(Warning, "DOCKER_AUTH_CONFIG", fix, "it is set, but is not JSON that docker can read")
		return
	}
	var ours []string
	for _, h := range x.hosts {
		if _, ok := c.Auths[h.name]; ok && h.docker {
			ours = append(ours, h.name)
		}
	}
	if len(ours) > 0 {
		x.add(Error, "DOCKER_AUTH_CONFIG", fix, "it has a credential for %s, which docker uses instead of docker-credential-iam", join(ours))
		return
	}
	x.add(Warning, "DOCKER_AUTH_CONFIG", fix, "it is set, and docker uses its credentials before any helper's")
}

// loadDocument reads docker's file as docker does; the error says where docker
// stops.
func (x *examination) loadDocument() error {
	file, err := dockerconfig.Read(config.Path(x.Env))
	if err != nil {
		return nil // the helper's reader says so
	}
	x.document, err = dockerconfig.Parse(file.Raw)
	return err
}

// ourSection reports whether docker stops in a section of this product: that
// mistake is reported once, as the section's.
func ourSection(err error) bool {
	var e *dockerconfig.TypeError
	return errors.As(err, &e) && len(e.Names) > 1 && strings.EqualFold(e.Names[0], "plugins") && config.IsSection(e.Names[1])
}

// configuration checks docker's file.
func (x *examination) configuration(only string, broken error) {
	problems := x.config.Problems()
	for _, err := range problems {
		x.checks = append(x.checks, x.failed("configuration", err))
	}
	if broken != nil && x.config.Broken() == nil && !ourSection(broken) {
		x.add(Error, "configuration", x.edit(), "docker stops reading %s: %v", x.config.Path, broken)
	}
	switch {
	case x.config.Path == "":
		x.add(Error, "configuration", "export HOME=DIR", "there is no home folder, so docker's configuration file cannot be found")
	case len(problems) > 0:
	case len(x.hosts) == 0 && len(x.config.Sections()) == 0 && x.config.CredsStore != config.Name:
		x.add(Warning, "configuration", "credential-iam configure --service-account EMAIL --docker HOST", "nothing is configured in %s", x.config.Path)
	case only != "" && x.elsewhere(x.hosts[0]): // there is nothing to configure for it
	case only != "" && !x.hosts[0].docker && !x.hosts[0].git:
		x.add(Warning, "configuration", x.configure(x.hosts[0]), "neither docker nor git runs the helper for %s", x.hosts[0].name)
	default:
		names := make([]string, len(x.hosts))
		for i, h := range x.hosts {
			names[i] = h.name
		}
		if len(names) == 0 {
			names = []string{"no host yet"}
		}
		x.add(OK, "configuration", "", "%s: %s", x.config.Path, join(names))
	}
	x.spelling()
}

// spelling finds entries that docker never matches: it compares the host of an
// image letter by letter.
func (x *examination) spelling() {
	for _, name := range x.config.ServedByDocker() {
		if _, ok := host.Parse("https", name); !ok {
			bare := strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
			bare, _, _ = strings.Cut(bare, "/")
			fix := x.configureDocker(bare)
			if x.config.CredHelpers[bare] == config.Name || strings.Contains(bare, "*") || dockerconfig.Hub(bare) {
				fix = x.edit() // the entry is one too many, or no command can say it
			}
			x.add(Warning, "credHelpers "+name, fix, "docker compares the host alone, without scheme, path and wildcard, so this entry does nothing")
		}
	}
}

// registries checks, for each host that docker could ask for, that nothing else
// is in the way.
func (x *examination) registries() {
	for _, h := range x.hosts {
		name := "docker " + h.name
		fix := x.configureDocker(h.name)
		other, taken := x.config.CredHelpers[h.name]
		registry := h.Pattern.Registry()
		switch {
		case taken && other != config.Name:
			x.add(Warning, name, fix+" --force", "docker runs the helper %q for it, not docker-credential-iam", other)
		case h.docker && x.document != nil && x.document.Plaintext(h.name):
			x.add(Warning, name, "docker logout "+helper.ShellWord(h.name), "docker runs docker-credential-iam, but %s still has a plain-text password for it, which older clients use", x.config.Path)
		case h.docker:
			x.add(OK, name, "", "docker runs docker-credential-iam")
		case h.git || h.Pattern.Stars() > 0 || h.Pattern.Path() != "" || !slices.Contains(x.config.Sections(), config.Name+"@"+h.name):
		case registry && x.config.CredsStore != "":
			x.add(Warning, name, fix, "it has a section, but docker runs the helper %q for it (credsStore)", x.config.CredsStore)
		case registry:
			x.add(Warning, name, fix, "it has a section, but docker does not run docker-credential-iam for it")
		default:
			x.add(Warning, "host "+h.name, fix, "it has a section, but neither docker nor git runs the helper for it (for git: %s)", x.configureGit(h))
		}
	}
}
