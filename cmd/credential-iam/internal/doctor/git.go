package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// gitState is git with its configuration as it counts in the current folder.
type gitState struct {
	path    string
	version gitconfig.Version
	entries []gitconfig.Entry
	err     error
}

// loadGit reads git's configuration; there may be no git.
func loadGit(ctx context.Context, w World) *gitState {
	path, err := w.LookPath("git")
	if err != nil {
		return &gitState{}
	}
	s, g := &gitState{path: path}, gitconfig.Git{Program: path, Environ: w.Environ}
	if s.entries, s.err = g.List(ctx, ""); s.err == nil {
		s.version, s.err = g.Version(ctx)
	}
	return s
}

// gitNames reports whether git's configuration names a program by its path.
func (x *subject) gitNames(path string) bool {
	return slices.ContainsFunc(x.git.entries, func(e gitconfig.Entry) bool {
		return e.Section == "credential" && e.Name == "helper" && strings.ReplaceAll(e.Value, `\`, "") == path
	})
}

// git checks which git there is, and that it can read its configuration.
func git(_ context.Context, x *subject, r report) {
	switch {
	case x.git.path == "":
		r.add(Skipped, "git", "", "there is no program git on the PATH")
	case x.git.err != nil:
		r.add(Error, "git", x.fixGit(), "%s: %v", x.git.path, x.git.err)
	default:
		r.add(OK, "git", "", "version %s (%s)", x.git.version, x.git.path)
	}
}

// gitHosts checks how git asks for each host.
func gitHosts(_ context.Context, x *subject, r report) {
	if x.git.path == "" || x.git.err != nil {
		return
	}
	for _, h := range x.hosts {
		if h.git {
			x.gitHost(r, h)
		} else if x.gitOnly(h) {
			r.add(Warning, "git "+h.name, x.configureGit(h), "it has a section, but git does not run git-credential-iam for it")
		}
	}
}

// fixGit fixes a git that cannot tell its configuration. It names the file that
// it stops in; without that it is taken to be the global one.
func (x *subject) fixGit() string {
	path := gitconfig.GlobalPath(x.Env.Getenv, x.Env.HomeDir)
	if errors.Is(x.git.err, gitconfig.ErrNotRegular) {
		return "ls -ld " + helper.ShellWord(path)
	}
	line, _, _ := strings.Cut(x.git.err.Error(), "\n")
	if _, file, ok := strings.Cut(line, " in file "); ok {
		path = file
	}
	return editor(path)
}

// gitOnly reports whether a host is one that git alone would ask for.
func (x *subject) gitOnly(h *place) bool {
	if !h.BuiltIn() {
		return h.Pattern.Path() != "" && !h.docker
	}
	return !h.Pattern.Registry()
}

// gitHost checks the helpers and the settings for one host.
func (x *subject) gitHost(r report, h *place) {
	name, url := "git "+h.name, h.url()
	fix := x.configureGit(h)
	x.otherHelpers(r, name, url, fix)
	if h.Pattern.Path() != "" && gitconfig.Value(x.git.entries, "credential", "usehttppath", url) != "true" {
		r.add(Warning, name+" path", fix, "git does not send the path of a repository, so the section of this path is never used (credential.useHttpPath)")
	}
	if t, err := x.config.DescribeAt(h.Place); err == nil && t.Issuer == helper.Google && t.Token != helper.Access && !t.OwnUsername {
		x.bearer(r, name, url, fix, t)
	}
}

// otherHelpers finds helpers that git shows our tokens to: it shows a credential
// that worked to every helper of the list, before ours or after.
func (x *subject) otherHelpers(r report, name, url, fix string) {
	helpers := gitconfig.Helpers(x.git.entries, url)
	ours := slices.IndexFunc(helpers, gitconfig.Ours)
	switch {
	case ours < 0:
		r.add(Warning, name, fix, "a later credential.helper entry resets the list, so git never runs git-credential-iam")
	case ours > 0:
		r.add(Warning, name, fix, "git runs the helper %q before git-credential-iam and passes it the tokens to store; the empty helper that would reset the list is missing", gitconfig.HelperName(helpers[0]))
	case len(helpers) > 1 && !gitconfig.Ours(helpers[len(helpers)-1]):
		r.add(Warning, name, fix, "git passes the tokens to the helper %q, which comes after git-credential-iam, to store", gitconfig.HelperName(helpers[len(helpers)-1]))
	default:
		r.add(OK, name, "", "git runs git-credential-iam, and no other helper stores its tokens")
	}
}

// bearer checks what a token needs that git presents as a Bearer token.
func (x *subject) bearer(r report, name, url, fix string, t helper.Target) {
	v := x.git.version
	if v.Less(gitconfig.ProactiveAuth) {
		r.add(Error, name+" version", "", "it needs a token of the kind %q, which git %s cannot send: install git %s or later", t.Token, v, gitconfig.ProactiveAuth)
		return
	}
	if mode := gitconfig.Value(x.git.entries, "http", "proactiveauth", url); mode != "auto" && mode != "basic" {
		r.add(Warning, name+" proactiveAuth", fix, "http.proactiveAuth is not set for it, so git runs the helper only if the server says 401; such servers often say 403 or redirect to a sign-in page")
	}
	if v.Less(gitconfig.Version{Major: 2, Minor: 54}) && !gitconfig.Roomy(gitconfig.Value(x.git.entries, "http", "postbuffer", url)) {
		r.add(Warning, name+" postBuffer", fix, "git %s cannot push more than http.postBuffer (1 MiB) with such a token, and then says that everything is up to date", v)
	}
}
