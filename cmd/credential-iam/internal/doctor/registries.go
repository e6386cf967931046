package doctor

import (
	"context"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// registries checks, for each host that docker could ask for, that nothing else
// is in the way.
func registries(_ context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		if x.gitOnly(h) && !h.docker {
			continue
		}
		if h.Pattern.Path() != "" && !h.git && x.dockerAsks(h.Pattern.Host()) {
			r.add(Warning, "docker "+h.name, unconfigure(h.name), "docker asks for the host alone, never for a path, so the section of this path does nothing there")
			continue
		}
		name := "docker " + h.name
		fix := x.configureDocker(h.name)
		other, taken := x.config.CredHelpers()[h.name]
		registry := h.Pattern.Registry()
		switch {
		case taken && other != config.Name:
			r.add(Warning, name, fix, "docker runs the helper %q for it, not docker-credential-iam", other)
		case h.docker && x.document != nil && x.document.Plaintext(h.name):
			r.add(Warning, name, "docker logout "+helper.ShellWord(h.name), "docker runs docker-credential-iam, but %s still has a plain-text password for it, which older clients use", x.config.Path)
		case h.docker:
			r.add(OK, name, "", "docker runs docker-credential-iam")
		case x.toolAsks(h):
		case h.git || h.Pattern.Stars() > 0 || h.Pattern.Path() != "" || !slices.Contains(x.config.Sections(), config.Name+"@"+h.name):
		case registry && x.config.CredsStore != "":
			r.add(Warning, name, fix, "it has a section, but docker runs the helper %q for it (credsStore)", x.config.CredsStore)
		case registry:
			r.add(Warning, name, fix, "it has a section, but docker does not run docker-credential-iam for it")
		case h.Client == host.Bazel:
			r.add(Warning, "host "+h.name, x.configure(h), "it has a section, and Bazel, for which it is built in, is not configured to ask for it")
		default:
			r.add(Warning, "host "+h.name, fix, "it has a section, but neither docker nor git nor another configured client asks for it (for git: %s)", x.configureGit(h))
		}
	}
}
