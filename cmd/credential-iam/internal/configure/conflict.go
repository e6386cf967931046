package configure

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// unchanged ends the reason of an error of this package.
const unchanged = "; nothing was changed"

// conflict notes that another program answers already for what is to be configured. All
// of them are told at once, since one command replaces them all.
func (p *plan) conflict(op, object, reason string) {
	if !slices.ContainsFunc(p.conflicts, func(e *helper.Error) bool { return e.Op == op && e.Object == object && e.Reason == reason }) {
		p.conflicts = append(p.conflicts, &helper.Error{Op: op, Object: object, Reason: reason})
	}
}

// toolConflict notes a tool's error that is such a conflict, and reports whether it is.
func (p *plan) toolConflict(err error) bool {
	var e *helper.Error
	if !errors.As(err, &e) || !strings.HasSuffix(e.Hint, " --force") {
		return false
	}
	p.conflict(e.Op, e.Object, strings.TrimSuffix(e.Reason, unchanged))
	return true
}

// conflicting is the error of all conflicts, with the command that resolves them.
func (p *plan) conflicting(j *job) error {
	switch len(p.conflicts) {
	case 0:
		return nil
	case 1:
		c := p.conflicts[0]
		return failure(c.Op, c.Object, c.Reason+unchanged, j.forced())
	}
	all := make([]string, len(p.conflicts))
	for i, c := range p.conflicts {
		all[i] = fmt.Sprintf("%s %q: %s", strings.TrimPrefix(c.Op, "configure "), c.Object, c.Reason)
	}
	return failure("configure", "", strings.Join(all, "; ")+unchanged, j.forced())
}
