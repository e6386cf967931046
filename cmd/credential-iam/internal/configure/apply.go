package configure

import (
	"context"
	"errors"
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// apply makes all changes or none: the record's first, so that nothing is changed that
// it does not know; then those of the tools; then docker's file before git's, since
// without its section the helper prints nothing, whatever git asks.
func (p *plan) apply(ctx context.Context) error {
	var steps []files.Step
	if s := p.book.Step(p.system); s != nil {
		steps = append(steps, &optional{Step: s, plan: p})
	}
	for _, s := range p.tools {
		steps = append(steps, s)
	}
	for _, f := range p.files {
		if f.changed() {
			steps = append(steps, &files.Change{File: f.file, Content: f.content(), Public: p.system})
		}
	}
	if p.git != nil && p.git.changed() {
		steps = append(steps, p.git.change(p.system))
	}
	if err := files.Apply(ctx, steps...); err != nil {
		return err
	}
	if p.back {
		if err := p.book.Sweep(ctx); err != nil {
			p.note("the folders that configure made could not be removed: %v", err)
		}
	}
	return p.checkGit(ctx)
}

// optional is the step of the record. A person whose home cannot be written configures
// all the same, and is told.
type optional struct {
	files.Step
	plan    *plan
	without bool
}

func (o *optional) Prepare(ctx context.Context) error {
	err := o.Step.Prepare(ctx)
	if err == nil || errors.Is(err, files.ErrChanged) || ctx.Err() != nil {
		return err
	}
	o.without = true
	fix := ""
	if e := (*files.Error)(nil); errors.As(err, &e) && e.Fix != "" {
		fix = "; run: " + e.Fix
	}
	o.plan.note("what is replaced is not recorded, so that unconfigure cannot bring it back: %v%s", err, fix)
	return nil
}

func (o *optional) Commit() error {
	if o.without {
		return nil
	}
	return o.Step.Commit()
}

// unreadable is the error of a file that cannot be read.
func unreadable(what string, err error) error {
	hint := helper.ListCommand(what)
	if e := (*files.Error)(nil); errors.As(err, &e) {
		hint = e.Fix
	}
	return failure("read", what, err.Error()+"; nothing was changed", hint)
}

// unwritable is the error of a change that was not made.
func unwritable(err error) error {
	e := (*files.Error)(nil)
	if !errors.As(err, &e) {
		return err
	}
	reason := err.Error()
	if !errors.Is(err, files.ErrHalfway) { // which says what could not be put back
		reason += "; nothing was changed"
	}
	return failure("write", e.Path, reason, e.Fix)
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
		helpers := gitconfig.Helpers(entries, t.URL)
		if slices.ContainsFunc(helpers, gitconfig.IsEphemeral) {
			continue
		}
		for _, value := range helpers {
			if !gitconfig.Ours(value) {
				p.note("git also passes the tokens for %s to the helper %q, which comes after git-credential-iam; run: git config --list --show-origin | grep credential", t.URL, gitconfig.HelperName(value))
			}
		}
	}
	return nil
}
