package configure

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// gitEdit is git's global file.
type gitEdit struct {
	program gitconfig.Git
	file    *files.File
	text    *gitconfig.Text
	entries []gitconfig.Entry
	targets []gitconfig.Target

	// added are the entries that come to the file, steps the keys that change, and
	// content is what the file is to hold, nil for no file.
	added   []gitconfig.Entry
	steps   []gitconfig.Step
	content []byte
}

// openGit reads git's global file, or the system-wide one.
func (p *plan) openGit(ctx context.Context, w World, git gitconfig.Git) error {
	path, list := gitconfig.GlobalPath(w.Env.Getenv, w.Env.HomeDir), git.ListGlobal
	if p.system {
		var err error
		if path, err = git.SystemPath(ctx); err != nil {
			return failure("find", "git's system-wide file", err.Error(), "git config --system --list --show-origin")
		}
		list = func(ctx context.Context) ([]gitconfig.Entry, error) { return git.ListSystem(ctx, path) }
	}
	if helper.LooksSecret(path) {
		return failure("read", "git's global file", "GIT_CONFIG_GLOBAL: "+helper.NotShown, helper.Unset("GIT_CONFIG_GLOBAL"))
	}
	file, err := files.Read(path)
	if errors.Is(err, files.ErrNotRegular) && w.Env.Getenv("GIT_CONFIG_GLOBAL") != "" {
		return failure("read", path, err.Error()+"; nothing was changed", helper.Unset("GIT_CONFIG_GLOBAL"))
	}
	if err != nil {
		return unreadable(path, err)
	}
	g := &gitEdit{program: git, file: file, content: file.Raw}
	edit := helper.EditCommand(path)
	if file.Exists() {
		if g.entries, err = list(ctx); err != nil {
			return failure("read", path, err.Error()+"; nothing was changed", edit)
		}
	}
	if g.text, err = gitconfig.Parse(file.Raw); err == nil && !g.text.Agrees(g.entries) {
		if err := file.Unchanged(); err != nil { // git may have read what another git wrote
			return err
		}
		err = errors.New("git reads it otherwise than credential-iam does")
	}
	if err != nil {
		return failure("edit", path, err.Error()+"; nothing was changed", edit)
	}
	p.git = g
	return nil
}

// take makes a plan the one that is carried out.
func (g *gitEdit) take(p *gitconfig.Plan) {
	g.steps, g.added = p.Steps(), p.Add
	if len(g.steps) > 0 {
		g.content = p.Edit(g.text)
	}
}

// changed reports whether the file changes.
func (g *gitEdit) changed() bool {
	return !bytes.Equal(g.content, g.file.Raw) || (g.content == nil) == g.file.Exists()
}

// change returns what writes the file.
func (g *gitEdit) change(public bool) files.Step {
	return &files.Change{File: g.file, Content: g.content, GitLock: true, Public: public, Check: func(ctx context.Context, path string) error {
		if err := g.program.Check(ctx, path, g.steps); err != nil {
			return failure("edit", g.file.Path, fmt.Sprintf("%v; nothing was changed", err), helper.EditCommand(g.file.Path))
		}
		return nil
	}}
}
