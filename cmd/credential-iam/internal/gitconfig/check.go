package gitconfig

import (
	"context"
	"fmt"
	"slices"
)

// Agrees reports whether git reads the same entries from its global file as Parse did:
// their keys, in order. The entries are those of ListGlobal.
func (t *Text) Agrees(entries []Entry) bool {
	own := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Included })
	return slices.EqualFunc(own, t.lines, func(e Entry, l line) bool { return e.Key() == l.Key() })
}

// Check has git read a file and compares what it finds with what the steps made.
func (g Git) Check(ctx context.Context, path string, steps []Step) error {
	entries, err := g.List(ctx, "", "--file", path)
	if err != nil {
		return err
	}
	for _, s := range steps {
		if have := values(entries, s.Key); !slices.Equal(have, s.New) {
			return fmt.Errorf("git would read %s otherwise than it was written", s.Key)
		}
	}
	return nil
}
