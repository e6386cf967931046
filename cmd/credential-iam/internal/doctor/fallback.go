package doctor

import (
	"context"

	"github.com/credential-iam/credential-iam/helper/config"
)

// fallback checks which helper stores the logins for other registries. With
// credsStore "iam" docker runs docker-credential-iam for each of them, to get and
// to store.
func fallback(_ context.Context, x *subject, r report) {
	suffix, err := x.config.Fallback()
	if err != nil || x.config.CredsStore != config.Name {
		return // a mistake in the section was reported with the file's
	}
	if suffix == "" {
		r.add(Warning, "fallback", x.edit(), "docker runs docker-credential-iam for every registry (credsStore), and no helper stores the logins of other registries, so docker login fails for them: set plugins.iam.fallback to an installed helper, such as pass for docker-credential-pass")
		return
	}
	program := "docker-credential-" + suffix
	path, err := x.LookPath(program)
	switch {
	case err != nil:
		r.add(Error, "fallback", x.edit(), "%s, which plugins.iam.fallback names, is not on the PATH, so logins for other registries cannot be stored: name an installed helper", program)
	case x.isUs(path):
		r.add(Error, "fallback", x.edit(), "%s, which plugins.iam.fallback names for other registries, is docker-credential-iam itself: name another helper", path)
	default:
		r.add(OK, "fallback", "", "%s stores the logins for other registries", path)
	}
}

// isUs reports whether a program is docker-credential-iam under another name.
func (x *subject) isUs(path string) bool {
	const ours = "docker-credential-iam"
	if beside := x.beside(ours); beside != "" && same(path, beside) {
		return true
	}
	found, err := x.LookPath(ours)
	return err == nil && same(path, found)
}
