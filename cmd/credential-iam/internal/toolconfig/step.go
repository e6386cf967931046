package toolconfig

import (
	"context"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// Plan is what is to be done.
type Plan struct {
	Steps []Step
	// Hosts are the servers that the tool talks to, by the name of what they are for,
	// as the tool writes them.
	Hosts map[string]string
	// Notes are what a person should know besides.
	Notes []string
}

// Step is one change, all of it or nothing.
type Step struct {
	files.Step
	Changes []Change
	// Diff is the change as text, without a value of others.
	Diff string
}

// action is a change that is not that of a file.
type action struct {
	do, undo func(ctx context.Context) error
	ctx      context.Context
}

func (a *action) Prepare(ctx context.Context) error {
	a.ctx = ctx
	return nil
}

func (a *action) Commit() error { return a.do(a.ctx) }

func (a *action) Rollback() error { return a.undo(context.WithoutCancel(a.ctx)) }

func (*action) Discard() {}

// Change is one setting with its values before and after.
type Change struct {
	File string   `json:"file"`
	Key  string   `json:"key"`
	Old  []string `json:"old,omitempty"`
	New  []string `json:"new,omitempty"`
}
