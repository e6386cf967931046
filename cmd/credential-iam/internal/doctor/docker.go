package doctor

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/helper"
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
			x.add(Warning, "docker", "sudo snap remove docker && sudo apt-get install docker.io", "%s is a snap: it sees neither our helper on the PATH nor ~/.docker", path)
		case strings.Contains(lower, "docker desktop"), strings.Contains(lower, "/docker.app/"), strings.Contains(lower, "/mnt/wsl/docker-desktop"):
			x.add(OK, "docker", "", "%s is of Docker Desktop; this command line asks our helper, and the window of Docker Desktop has a PATH of its own", path)
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
		x.add(Warning, "DOCKER_AUTH_CONFIG", fix, "it is set, and holds no JSON that docker could read")
		return
	}
	var ours []string
	for _, h := range x.hosts {
		if _, ok := c.Auths[h.name]; ok && h.docker {
			ours = append(ours, h.name)
		}
	}
	if len(ours) > 0 {
		x.add(Error, "DOCKER_AUTH_CONFIG", fix, "it holds a credential for %s, which docker takes before our helper", join(ours))
		return
	}
	x.add(Warning, "DOCKER_AUTH_CONFIG", fix, "it is set, and docker takes its credentials before any helper's")
}

// configuration checks docker's file.
func (x *examination) configuration(only string) {
	problems := x.config.Problems()
	for _, err := range problems {
		c := failed("configuration", err)
		c.Fix = "${EDITOR:-vi} " + quote(x.config.Path)
		x.checks = append(x.checks, c)
	}
	if _, err := x.config.Fallback(); err != nil && len(problems) == 0 {
		x.checks = append(x.checks, failed("configuration", err))
	}
	switch {
	case x.config.Path == "":
		x.add(Error, "configuration", "export HOME=DIR", "there is no home folder, so docker's configuration file cannot be found")
	case len(problems) > 0:
	case len(x.hosts) == 0 && len(x.config.Sections()) == 0 && x.config.CredsStore != helper.Name:
		x.add(Warning, "configuration", "credential-iam configure --service-account EMAIL --docker HOST", "nothing is configured in %s", x.config.Path)
	case only != "" && !x.hosts[0].docker && !x.hosts[0].git:
		x.add(Warning, "configuration", "credential-iam configure --docker "+quote(x.hosts[0].name)+"   # or --git", "neither docker nor git asks us for %s", x.hosts[0].name)
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
		if _, ok := helper.Endpoint("https", name); !ok {
			bare := strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
			bare, _, _ = strings.Cut(bare, "/")
			x.add(Warning, "credHelpers "+name, "credential-iam configure --docker "+quote(bare), "docker matches a host alone, without scheme, path and wildcard, so this entry does nothing")
		}
	}
}

// registries checks, for each host that docker could ask for, that nothing else
// is in the way.
func (x *examination) registries() {
	var doc *dockerconfig.Document
	if file, err := dockerconfig.Read(x.Env.DockerConfig()); err == nil {
		doc, err = dockerconfig.Parse(file.Raw)
		if err != nil && x.config.Broken() == nil {
			x.add(Error, "configuration", "${EDITOR:-vi} "+quote(file.Path), "docker stops reading %s: %v", file.Path, err)
		}
	}
	for _, h := range x.hosts {
		name := "docker " + h.name
		fix := "credential-iam configure --docker " + quote(h.name)
		other, taken := x.config.CredHelpers[h.name]
		registry := helper.BuiltIn(helper.Request{Client: helper.Docker, Protocol: "https", Host: h.name})
		switch {
		case taken && other != helper.Name:
			x.add(Warning, name, fix+" --force", "the helper %q answers docker for it, not we", other)
		case h.docker && doc != nil && doc.Plaintext(h.name):
			x.add(Warning, name, "docker logout "+quote(h.name), "docker asks us, but %s still holds a password for it in plain text, which older clients take", x.config.Path)
		case h.docker:
			x.add(OK, name, "", "docker asks us")
		case h.git || strings.ContainsAny(h.name, "*/") || !slices.Contains(x.config.Sections(), helper.Name+"@"+h.name):
		case registry && x.config.CredsStore != "":
			x.add(Warning, name, fix, "it has a section, but docker asks the helper %q for it (credsStore)", x.config.CredsStore)
		case registry:
			x.add(Warning, name, fix, "it has a section, but docker does not ask us for it")
		default:
			x.add(Warning, "host "+h.name, fix+"   # or --git", "it has a section, but neither docker nor git asks us for it")
		}
	}
}
