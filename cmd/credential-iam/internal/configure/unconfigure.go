package configure

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
)

// Unconfigure undoes what Configure did: for the hosts of the request, for its tools
// alone, or all of it. A host includes all paths below it.
func (w World) Unconfigure(ctx context.Context, r Request) (Report, error) {
	var hosts []place
	for _, typed := range r.Hosts {
		h, err := readPlace(host.Git, typed)
		if err != nil {
			return Report{}, usagef("%s: %w", host.Shown(h.typed), err)
		}
		hosts = append(hosts, h)
	}
	return w.run(ctx, r.DryRun, func(p *plan) error {
		if err := w.unplanTools(ctx, r, hosts, p); err != nil || len(r.Tools) > 0 && len(hosts) == 0 {
			return err
		}
		return w.planUnconfigure(ctx, hosts, r.AuthFile, p)
	})
}

// planUnconfigure plans the edits of all files.
func (w World) planUnconfigure(ctx context.Context, hosts []place, authFile string, p *plan) error {
	if err := config.NoPath(w.Env); err != nil {
		return err
	}
	d, err := p.open(config.Path(w.Env))
	if err != nil {
		return err
	}
	dropHelpers(d, hosts)
	for _, name := range d.doc.Sections(config.IsSection) {
		if !sectionNamed(hosts, strings.TrimPrefix(name, config.Name), name == config.Name) {
			continue
		}
		d.doc.RemoveKeys(name, writes)
		for _, key := range keysOf(d.doc.Section(name)) {
			p.note("kept plugins[%q].%s in %s: configure writes it by --set alone", name, key, d.file.Path)
		}
	}
	if d.doc.Store() == config.Name && len(hosts) == 0 {
		p.note("kept credsStore \"iam\" in %s: configure does not write it", d.file.Path)
	}
	for _, path := range w.authFiles(authFile) {
		f, err := p.open(path)
		switch {
		case err == nil:
			dropHelpers(f, hosts)
		case path == authFile:
			return err
		default:
			p.note("%v", err)
		}
	}
	git, err := w.git()
	if err != nil { // then git runs no helper
		return nil
	}
	if gitconfig.IsNull(gitconfig.GlobalPath(w.Env.Getenv, w.Env.HomeDir)) { // then git has nothing to remove
		return nil
	}
	if err := p.openGit(ctx, w, git); err != nil {
		return err
	}
	p.git.steps = gitconfig.Unconfigure(p.git.entries, func(url string) bool {
		name, path := gitconfig.Host(url)
		return len(hosts) == 0 || accepted(hosts, name, path)
	}).Steps
	return nil
}

// dropHelpers removes the entries of credHelpers of value "iam".
func dropHelpers(f *edited, hosts []place) {
	for name, suffix := range f.doc.Helpers() {
		if suffix == config.Name && (len(hosts) == 0 || accepted(hosts, bareHost(name), "")) {
			f.doc.RemoveHelper(name, config.Name)
		}
	}
}

// sectionNamed reports whether the section "@HOST/PATH" is to go; the default's goes
// only when everything does.
func sectionNamed(hosts []place, pattern string, isDefault bool) bool {
	if len(hosts) == 0 || isDefault {
		return len(hosts) == 0
	}
	name, path, _ := strings.Cut(strings.TrimPrefix(pattern, "@"), "/")
	return accepted(hosts, name, path)
}

// accepted reports whether a host and path are one that was named, or below it.
func accepted(hosts []place, name, path string) bool {
	bare := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), ":443") }
	return slices.ContainsFunc(hosts, func(h place) bool {
		return h.Pattern.Host() == bare(name) && h.Pattern.MatchesPath(path)
	})
}

// authFiles returns the file that was named, and the files that podman and skopeo
// read by themselves (containers-auth.json(5)).
func (w World) authFiles(named string) []string {
	var files []string
	if named != "" {
		files = append(files, named)
	}
	if path := w.Env.Getenv("REGISTRY_AUTH_FILE"); path != "" {
		files = append(files, path)
	}
	if dir := w.Env.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		files = append(files, filepath.Join(dir, "containers", "auth.json"))
	}
	if w.Env.HomeDir != "" {
		files = append(files, filepath.Join(w.Env.HomeDir, ".config", "containers", "auth.json"))
	}
	return files
}
