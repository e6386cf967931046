package files

import (
	"context"
	"errors"
)

// Step is one part of what Apply does.
type Step interface {
	// Prepare does everything that can fail and changes nothing that counts.
	Prepare(ctx context.Context) error
	// Commit makes the change, or fails and leaves all as it was.
	Commit() error
	// Rollback takes a change back that was made.
	Rollback() error
	// Discard removes what Prepare left; it is called in every case, and last.
	Discard()
}

// Apply prepares all steps and then makes all changes, in their order. When one fails,
// nothing has changed. [ErrChanged] means that a file is to be read again.
func Apply(ctx context.Context, steps ...Step) error {
	for _, s := range steps {
		defer s.Discard()
		if err := s.Prepare(ctx); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, s := range steps {
		err := s.Commit()
		if err == nil {
			continue
		}
		var undo error
		for ; i > 0; i-- {
			undo = errors.Join(undo, steps[i-1].Rollback())
		}
		if undo != nil {
			return &halfway{err: err, undo: undo}
		}
		return err
	}
	return nil
}

// ErrHalfway says that a change failed and one before it could not be taken back.
var ErrHalfway = errors.New("some of it was changed")

// halfway is a change that failed and could not be taken back.
type halfway struct{ err, undo error }

func (h *halfway) Error() string {
	return h.err.Error() + "; what was changed before it could not be put back: " + h.undo.Error()
}

// Unwrap returns why, but not that it is worth another try.
func (h *halfway) Unwrap() []error { return []error{h.undo, ErrHalfway} }
