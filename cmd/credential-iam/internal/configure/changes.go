package configure

import (
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
	for _, s := range f.settings() {
		c := Change{File: f.file.Path, Key: shownKey(s.Key)}
		switch {
		case secret(s):
			c.Old = []string{"REDACTED"}
		case s.Old != nil:
			c.Old = []string{*s.Old}
		}
		if s.New != nil {
			c.New = []string{*s.New}
		}
		all = append(all, c)
	}
	return all
}

// shownKey is the name of a setting in a file of docker's form.
func shownKey(key []string) string {
	if len(key) == 2 {
		return fmt.Sprintf("%s[%q]", key[0], key[1])
	}
	return fmt.Sprintf("%s[%q].%s", key[0], key[1], key[2])
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

// changes are the keys that change.
func (g *gitEdit) changes() []Change {
	all := make([]Change, len(g.steps))
	for i, s := range g.steps {
		all[i] = Change{File: g.file.Path, Key: s.Key, Old: named(s.Key, s.Old), New: named(s.Key, s.New)}
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
func (p *plan) diff() string {
	var b strings.Builder
	for _, f := range p.files {
		if !f.changed() {
			continue
		}
		var old, now []byte
		if f.file.Raw != nil {
			old = f.withoutSecrets()
		}
		if f.content() != nil {
			now = f.doc.Redacted(config.IsSection)
		}
		b.Write(diff.Diff(f.file.Path, old, f.file.Path, now))
	}
	if p.git != nil && p.git.changed() {
		path := p.git.file.Path
		b.Write(diff.Diff(path, gitconfig.Redacted(p.git.file.Raw), path, gitconfig.Redacted(p.git.content)))
	}
	for _, s := range p.tools {
		b.WriteString(s.Diff)
	}
	return b.String()
}
