package configure

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// plan is what a run is going to change.
type plan struct {
	files []*edited
	git   *gitEdit
	tools []toolconfig.Step
	notes []string
}

// edited is one file of docker's form.
type edited struct {
	file     *files.File
	old, doc *dockerconfig.Document
}

// gitEdit is git's global file.
type gitEdit struct {
	program gitconfig.Git
	path    string
	raw     []byte
	entries []gitconfig.Entry
	steps   []gitconfig.Step
	targets []gitconfig.Target
}

func (p *plan) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(p.notes, n) {
		p.notes = append(p.notes, n)
	}
}

// open reads a file of docker's form. One that is opened twice is one file.
func (p *plan) open(path string) (*edited, error) {
	if helper.LooksSecret(path) {
		return nil, failure("read", "a file", helper.NotShown, "")
	}
	file, err := files.Read(path)
	if err != nil {
		return nil, failure("read", path, err.Error(), "ls -l "+helper.ShellWord(path))
	}
	for _, f := range p.files {
		if f.file.Path == file.Path {
			return f, nil
		}
	}
	old, err := dockerconfig.Parse(file.Raw)
	if err != nil {
		return nil, failure("edit", file.Path, err.Error()+"; nothing was changed", "${EDITOR:-vi} "+helper.ShellWord(file.Path))
	}
	doc, err := dockerconfig.Parse(file.Raw)
	if err != nil {
		return nil, err
	}
	f := &edited{file: file, old: old, doc: doc}
	p.files = append(p.files, f)
	return f, nil
}

// openGit reads git's global file.
func (p *plan) openGit(ctx context.Context, w World, git gitconfig.Git) error {
	g := &gitEdit{program: git, path: gitconfig.GlobalPath(w.Env.Getenv, w.Env.HomeDir)}
	if helper.LooksSecret(g.path) {
		return failure("read", "git's global file", "GIT_CONFIG_GLOBAL: "+helper.NotShown, "unset GIT_CONFIG_GLOBAL")
	}
	raw, err := gitconfig.ReadGlobal(g.path)
	if err != nil {
		hint := "ls -l " + helper.ShellWord(g.path)
		if errors.Is(err, gitconfig.ErrNotRegular) && w.Env.Getenv("GIT_CONFIG_GLOBAL") != "" {
			hint = "unset GIT_CONFIG_GLOBAL"
		}
		return failure("read", g.path, err.Error()+"; nothing was changed", hint)
	}
	if raw != nil {
		g.raw = raw
		if g.entries, err = git.ListGlobal(ctx); err != nil {
			// Git's own editing starts with reading, so it fails likewise.
			return failure("read", g.path, err.Error(), "${EDITOR:-vi} "+helper.ShellWord(g.path))
		}
	}
	p.git = g
	return nil
}

// run plans under the lock, and carries the plan out unless it is a dry run. A
// file that another program changes meanwhile is planned again.
func (w World) run(ctx context.Context, dry bool, prepare func(p *plan) error) (Report, error) {
	report := Report{DryRun: dry, Changes: []Change{}}
	release, err := w.lock(ctx, &report.Notes)
	if err != nil {
		return report, err
	}
	defer release()
	for attempt := 0; ; attempt++ {
		p := &plan{}
		if err := prepare(p); err != nil {
			return report, err
		}
		changes := p.changes()
		if dry {
			report.Changes, report.Notes = changes, append(report.Notes, p.notes...)
			report.Diff, err = p.diff(ctx)
			return report, err
		}
		err := p.apply(ctx)
		if errors.Is(err, files.ErrChanged) && attempt < 5 && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return report, err
		}
		report.Changes, report.Notes = changes, append(report.Notes, p.notes...)
		return report, nil
	}
}

// apply changes the tools and writes the files. The tools come first: what was done to
// them can be taken back where a file cannot be written.
func (p *plan) apply(ctx context.Context) error {
	if err := p.applyTools(ctx); err != nil {
		return err
	}
	if err := p.applyFiles(ctx); err != nil {
		return p.undoTools(ctx, len(p.tools), err)
	}
	return p.checkGit(ctx)
}

// applyFiles writes the files, docker's before git's: without its section the helper
// prints nothing, whatever git asks.
func (p *plan) applyFiles(ctx context.Context) error {
	wrote := ""
	for _, f := range p.files {
		if !f.changed() {
			continue
		}
		var err error
		if f.doc.Vanishes() {
			err = f.file.Remove()
		} else {
			err = f.file.Write(f.doc.Bytes())
		}
		if errors.Is(err, files.ErrChanged) {
			return err
		}
		if err != nil {
			return failure("write", f.file.Path, err.Error()+wrote, "ls -ld "+helper.ShellWord(f.file.Path))
		}
		wrote = "; the files before it were changed"
	}
	if p.git != nil && len(p.git.steps) > 0 {
		if err := p.git.program.Apply(ctx, p.git.steps); err != nil {
			return failure("write", p.git.path, err.Error()+wrote, "git config --global --list")
		}
	}
	return nil
}

// checkGit notes other helpers that git passes the tokens to. They are configured
// where "git config --global" does not reach.
func (p *plan) checkGit(ctx context.Context) error {
	if p.git == nil || len(p.git.targets) == 0 {
		return nil
	}
	entries, err := p.git.program.List(ctx, "")
	if err != nil {
		return failure("read", "git's configuration", err.Error(), "git config --list")
	}
	for _, t := range p.git.targets {
		for _, value := range gitconfig.Helpers(entries, t.URL) {
			if !gitconfig.Ours(value) {
				p.note("git also passes the tokens for %s to the helper %q, which comes after git-credential-iam; run: git config --list --show-origin | grep credential", t.URL, gitconfig.HelperName(value))
			}
		}
	}
	return nil
}

func (f *edited) changed() bool {
	return string(f.doc.Bytes()) != string(f.file.Raw) && !(f.file.Raw == nil && f.doc.Empty())
}
