package configure

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper/config"
)

// Change is one setting with its values before and after; none means that it is
// not set.
type Change struct {
	File string   `json:"file"`
	Key  string   `json:"key"`
	Old  []string `json:"old,omitempty"`
	New  []string `json:"new,omitempty"`
}

// String is a change as one line.
func (c Change) String() string {
	switch {
	case len(c.New) == 0:
		return fmt.Sprintf("%s: removed %s (was %s)", c.File, c.Key, quoted(c.Old))
	case len(c.Old) == 0:
		return fmt.Sprintf("%s: set %s to %s", c.File, c.Key, quoted(c.New))
	case slices.Equal(c.Old, c.New):
		return fmt.Sprintf("%s: moved %s (%s) behind the helpers of others", c.File, c.Key, quoted(c.New))
	}
	return fmt.Sprintf("%s: changed %s from %s to %s", c.File, c.Key, quoted(c.Old), quoted(c.New))
}

func quoted(values []string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = strconv.Quote(v)
	}
	return strings.Join(all, ", ")
}

// changes lists the settings that differ.
func (p *plan) changes() []Change {
	all := []Change{}
	for _, f := range p.files {
		if f.changed() {
			all = append(all, f.changes()...)
		}
	}
	if p.git != nil {
		all = append(all, p.git.changes()...)
	}
	for _, s := range p.tools {
		for _, c := range s.Changes {
			all = append(all, Change(c))
		}
	}
	return all
}

// changes compares the two texts as docker reads them.
func (f *edited) changes() []Change {
	var all []Change
	add := func(key string, old, now map[string]string, names ...string) {
		for _, name := range names {
			was, had := old[name]
			is, has := now[name]
			if had == has && was == is {
				continue
			}
			c := Change{File: f.file.Path, Key: fmt.Sprintf(key, name)}
			if had {
				c.Old = []string{was}
			}
			if has {
				c.New = []string{is}
			}
			all = append(all, c)
		}
	}
	add(`credHelpers[%q]`, f.old.Helpers(), f.doc.Helpers(), keysOf(f.old.Helpers(), f.doc.Helpers())...)
	sections := append(f.old.Sections(config.IsSection), f.doc.Sections(config.IsSection)...)
	slices.Sort(sections)
	for _, s := range slices.Compact(sections) {
		old, now := f.old.Section(s), f.doc.Section(s)
		add(strings.ReplaceAll(fmt.Sprintf("plugins[%q]", s), "%", "%%")+".%s", old, now, keysOf(old, now)...)
	}
	return all
}

func keysOf(maps ...map[string]string) []string {
	var keys []string
	for _, m := range maps {
		for key := range m {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// changes joins the steps of each key.
func (g *gitEdit) changes() []Change {
	var all []Change
	index := map[string]int{}
	for _, s := range g.steps {
		i, ok := index[s.Key]
		if !ok {
			i = len(all)
			index[s.Key] = i
			all = append(all, Change{File: g.path, Key: s.Key, Old: named(s.Key, s.Old)})
		}
		all[i].New = named(s.Key, s.New)
	}
	return all
}

// named hides what the value of another program's helper may contain.
func named(key string, values []string) []string {
	if !strings.HasSuffix(key, ".helper") {
		return values
	}
	shown := make([]string, len(values))
	for i, v := range values {
		shown[i] = v
		if v != "" && !gitconfig.Ours(v) {
			shown[i] = gitconfig.HelperName(v)
		}
	}
	if len(shown) == 0 {
		return nil
	}
	return shown
}

// diff returns the difference that the plan makes, without the secrets of others.
func (p *plan) diff(ctx context.Context) (string, error) {
	var b strings.Builder
	for _, f := range p.files {
		if !f.changed() {
			continue
		}
		var old, now []byte
		if f.file.Raw != nil {
			old = f.old.Redacted(config.IsSection)
		}
		if !f.doc.Vanishes() {
			now = f.doc.Redacted(config.IsSection)
		}
		b.Write(diff.Diff(f.file.Path, old, f.file.Path, now))
	}
	if p.git != nil && len(p.git.steps) > 0 {
		// Git edits a copy, on disk, so the copy is without secrets already.
		var before []byte
		if p.git.raw != nil {
			before = gitconfig.Redacted(p.git.raw)
		}
		after, err := p.git.program.Preview(ctx, before, p.git.steps)
		if err != nil {
			return "", failure("try the change of", p.git.path, err.Error(), "git config --global --list")
		}
		b.Write(diff.Diff(p.git.path, before, p.git.path, after))
	}
	for _, s := range p.tools {
		b.WriteString(s.Diff)
	}
	return b.String(), nil
}
