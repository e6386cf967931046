package configure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// plan is what a run is going to change.
type plan struct {
	files []*edited
	git   *gitEdit
	tools []toolconfig.Step
	notes []string
	// back says that it takes back what was configured.
	back bool
	// conflicts are what others answer already.
	conflicts []*helper.Error
	// system says that the files are those of the whole machine; command is the one that
	// an administrator types then.
	system  bool
	command string
	// book is the record of what earlier runs changed, and of what this one will.
	book *record.Book
}

func (p *plan) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(p.notes, n) {
		p.notes = append(p.notes, n)
	}
}

// plan returns an empty plan, with the record.
func (w World) plan() (*plan, error) {
	p := &plan{}
	path := record.Path(w.Env.Getenv, w.Env.HomeDir)
	if helper.LooksSecret(path) {
		path = ""
	}
	return p, p.openBook(path, w.Env.HomeDir)
}

// openBook opens the record, which is nobody else's.
func (p *plan) openBook(path, home string) (err error) {
	if p.book, err = record.Open(path); err == nil {
		err = p.book.Trusted(home)
	}
	switch {
	case errors.Is(err, record.ErrNoPlace):
		p.note("what is replaced is not recorded, so that unconfigure cannot bring it back: %v", err)
	case err != nil:
		return unreadable("the record of what configure changed", err)
	}
	return nil
}

// patience is how long another program may go on changing a file meanwhile.
const patience = 10 * time.Second

// run plans under the lock, and carries the plan out unless it is a dry run. A
// file that another program changes meanwhile is planned again.
func (w World) run(ctx context.Context, dry bool, prepare func(p *plan) error) (Report, error) {
	report := Report{DryRun: dry, Changes: []Change{}}
	release, err := w.lock(ctx, &report.Notes)
	if err != nil {
		return report, err
	}
	defer release()
	for deadline := time.Now().Add(patience); ; {
		p, err := w.plan()
		if err != nil {
			return report, err
		}
		if err = prepare(p); err == nil && !dry {
			err = p.apply(ctx)
		}
		if errors.Is(err, files.ErrChanged) && time.Now().Before(deadline) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return report, unwritable(w.asAdmin(p, err))
		}
		report.Changes, report.Notes = p.changes(), append(report.Notes, p.notes...)
		if dry {
			report.Diff = p.diff()
		}
		return report, nil
	}
}
