package doctor

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// gitState is git with its configuration as it counts in the current folder.
type gitState struct {
	gitconfig.Git
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
	s := &gitState{path: path, Git: gitconfig.Git{Program: path, Environ: w.Environ}}
	if s.entries, s.err = s.List(ctx, ""); s.err == nil {
		s.version, s.err = s.Version(ctx)
	}
	return s
}

// usable reports whether there is a git that can read its configuration.
func (s *gitState) usable() bool { return s.path != "" && s.err == nil }

// names reports whether git's configuration names a program by its path.
func (s *gitState) names(path string) bool {
	return slices.ContainsFunc(s.entries, func(e gitconfig.Entry) bool {
		if e.Section != "credential" || e.Name != "helper" {
			return false
		}
		program := gitconfig.Program(e.Value)
		return program == path || same(program, path) // Windows has many spellings of a path
	})
}

// has reports whether there is any entry of a section and name.
func (s *gitState) has(section, name string) bool {
	return slices.ContainsFunc(s.entries, func(e gitconfig.Entry) bool { return e.Section == section && e.Name == name })
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

// gitHome checks that git finds the global configuration: other programs look the
// home folder up where HOME is not set, git does not.
func gitHome(_ context.Context, x *subject, r report) {
	if x.git.path == "" || runtime.GOOS == "windows" || x.Env.HomeDir == "" || x.Env.Getenv("HOME") != "" || x.Env.Getenv("GIT_CONFIG_GLOBAL") != "" {
		return
	}
	r.add(Error, "HOME", helper.SetCommand("HOME", x.Env.HomeDir), "it is not set, and git then reads no global configuration, so it runs none of the helpers that are configured there")
}

// fixGit fixes a git that cannot read its configuration. It names the file that git
// stops in; without that it is taken to be the global one.
func (x *subject) fixGit() string {
	path := gitconfig.GlobalPath(x.Env.Getenv, x.Env.HomeDir)
	if errors.Is(x.git.err, files.ErrNotRegular) {
		if x.Env.Getenv("GIT_CONFIG_GLOBAL") != "" {
			return helper.Unset("GIT_CONFIG_GLOBAL")
		}
		return helper.MoveCommand(path, path+".not-a-file")
	}
	if fix := developerTools(x.git.err.Error()); fix != "" {
		return fix
	}
	line, _, _ := strings.Cut(x.git.err.Error(), "\n")
	if _, file, ok := strings.Cut(line, " in file "); ok {
		path = file
	}
	return helper.EditCommand(path)
}

// developerTools fixes a git of macOS that is a name alone: /usr/bin/git runs the one of
// Apple's developer tools, and says so where it cannot.
func developerTools(said string) string {
	switch {
	case strings.Contains(said, "xcodebuild -license"):
		return helper.AsAdmin("xcodebuild -license")
	case strings.Contains(said, "xcode-select: "), strings.Contains(said, "xcrun: error: "):
		return "xcode-select --install"
	}
	return ""
}

// gitOnly reports whether a host is one that git alone would ask for.
func (x *subject) gitOnly(h *place) bool {
	if !h.BuiltIn() {
		return h.Pattern.Path() != "" && !h.docker
	}
	return !h.Pattern.Registry() && h.Client == host.Git
}
