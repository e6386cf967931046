package configure

import (
	"bytes"
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
	hosts, err := r.named()
	if err != nil {
		return Report{}, err
	}
	if err := r.checkSystem(); err != nil {
		return Report{}, err
	}
	return w.run(ctx, r.DryRun, func(p *plan) error {
		p.back = true
		if err := w.forAll(p, r, r.unconfigureCommand()); err != nil {
			return err
		}
		if r.System {
			return w.planUnconfigure(ctx, hosts, r, p)
		}
		if err := w.unplanTools(ctx, r, hosts, p); err != nil {
			return err
		}
		if len(r.Tools) > 0 && len(hosts) == 0 {
			w.noteSections(ctx, r, p)
			return nil
		}
		return w.planUnconfigure(ctx, hosts, r, p)
	})
}

// named are the hosts that a request of Unconfigure names, by whatever flag.
func (r Request) named() ([]place, error) {
	var all []place
	for _, list := range []struct {
		typed []string
		read  func(typed string) (place, error)
	}{
		{r.Hosts, func(typed string) (place, error) {
			h, err := readPlace(host.Git, typed)
			if err != nil {
				err = usagef("%q: %w", host.Shown(h.typed), err)
			}
			return h, err
		}},
		{r.Docker, func(typed string) (place, error) {
			h, err := readPlace(host.Docker, typed)
			if err != nil {
				err = usagef("--docker %q: %w", host.Shown(h.typed), err)
			}
			h.Pattern = h.Pattern.Below("")
			return h, err
		}},
		{r.Git, gitHost},
		{r.Npmrc, func(typed string) (place, error) { return otherHost(host.Header, "npmrc", typed) }},
	} {
		for _, typed := range list.typed {
			h, err := list.read(typed)
			if err != nil {
				return nil, err
			}
			all = append(all, h)
		}
	}
	return all, nil
}

// planUnconfigure plans the edits of all files.
func (w World) planUnconfigure(ctx context.Context, hosts []place, r Request, p *plan) error {
	path, err := w.file(r)
	if err != nil {
		return err
	}
	d, err := p.open(path)
	if err != nil {
		return err
	}
	p.undoDocker(d, hosts, r.Force)
	for _, name := range d.doc.Sections(config.IsSection) {
		for _, key := range keysOf(d.doc.Section(name)) {
			if sectionNamed(hosts, name) {
				p.note("kept plugins[%q].%s in %s: no record says that configure wrote it", name, key, d.file.Path)
			}
		}
	}
	if d.doc.Store() == config.Name && len(hosts) == 0 {
		p.note("kept credsStore \"iam\" in %s: configure does not write it", d.file.Path)
	}
	for _, path := range w.authFiles(r) {
		f, err := p.open(path)
		switch {
		case err == nil:
			p.undoDocker(f, hosts, r.Force)
		case path == r.AuthFile:
			return err
		default:
			p.note("%v", err)
		}
	}
	defer func() { w.noteUnknown(ctx, r, hosts, d, p) }()
	git, err := w.git()
	if err != nil { // then git runs no helper
		return nil
	}
	if !r.System && gitconfig.IsNull(gitconfig.GlobalPath(w.Env.Getenv, w.Env.HomeDir)) { // then git has nothing to remove
		return nil
	}
	if err := p.openGit(ctx, w, git); err != nil {
		return err
	}
	p.undoGit(w, hosts)
	return nil
}

// undoDocker plans the edit of a file of docker's form. What is not recorded is known by
// its looks: the entries of credHelpers of value "iam" and the keys that Configure
// writes. In a file that the record knows that takes force.
func (p *plan) undoDocker(f *edited, hosts []place, force bool) {
	if p.takeBack(f, func(key []string) bool {
		if key[0] == credHelpers {
			return len(hosts) == 0 || accepted(hosts, bareHost(key[1]), "")
		}
		return sectionNamed(hosts, key[1])
	}) && !force {
		for _, host := range helpersOf(f.doc) {
			if len(hosts) == 0 || accepted(hosts, bareHost(host), "") {
				p.note("kept %s in %s: no record says that configure wrote it", shownKey([]string{credHelpers, host}), f.file.Path)
			}
		}
		return
	}
	before := f.doc.Bytes()
	for _, host := range helpersOf(f.doc) {
		if len(hosts) == 0 || accepted(hosts, bareHost(host), "") {
			f.doc.RemoveHelper(host, config.Name)
		}
	}
	for _, name := range f.doc.Sections(config.IsSection) {
		if sectionNamed(hosts, name) {
			f.doc.RemoveKeys(name, writes)
		}
	}
	switch e := p.book.Find(f.file.Path); {
	case e == nil:
	case bytes.Equal(f.doc.Bytes(), before):
		return
	default:
		f.exact, f.gone = nil, false
		if len(e.Settings) == 0 {
			p.book.Forget(e.Path)
		}
	}
	switch {
	case !f.touched() || !f.doc.Vanishes():
	case f.file.Linked():
		f.exact = []byte("{}\n") // behind a link there was a file
	default:
		f.gone = true
	}
}

// undoGit plans the edit of git's file, likewise.
func (p *plan) undoGit(w World, hosts []place) {
	accept := func(url string) bool {
		name, path := gitconfig.Host(url)
		return len(hosts) == 0 || accepted(hosts, name, path)
	}
	g := p.git
	if p.takeGitBack(accept) {
		return
	}
	g.take(gitconfig.Unconfigure(g.entries, accept))
	if len(g.content) == 0 && g.changed() && !g.file.Linked() && gitconfig.Dispensable(w.Env.Getenv, w.Env.HomeDir) {
		g.content = nil
	}
}

// sectionNamed reports whether the section "iam@HOST/PATH" is to go; the default's goes
// only when everything does.
func sectionNamed(hosts []place, name string) bool {
	if len(hosts) == 0 || name == config.Name {
		return len(hosts) == 0
	}
	host, path, _ := strings.Cut(strings.TrimPrefix(name, config.Name+"@"), "/")
	return accepted(hosts, host, path)
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
func (w World) authFiles(r Request) []string {
	var files []string
	if r.System {
		return nil
	}
	if r.AuthFile != "" {
		files = append(files, r.AuthFile)
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
