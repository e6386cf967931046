package configure

import (
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper/config"
)

// remember notes what a plan of Configure is going to change.
func (p *plan) remember() {
	p.rememberSettings()
	p.rememberPlaces()
}

// rememberPlaces notes the folders and the links that are going to be made.
func (p *plan) rememberPlaces() {
	for _, f := range p.files {
		if f.changed() {
			p.book.Makes(f.file.Target())
		}
	}
	if p.git != nil && p.git.changed() {
		p.book.Makes(p.git.file.Target())
	}
	for _, s := range p.tools {
		for _, c := range s.Changes {
			switch {
			case len(c.New) == 0:
			case c.Key == toolconfig.Link:
				p.book.MakesLink(c.File)
			default:
				p.book.Makes(c.File)
			}
		}
	}
	p.book.MakesItself()
}

// rememberSettings notes the settings that are going to change.
func (p *plan) rememberSettings() {
	for _, f := range p.files {
		if !f.changed() {
			continue
		}
		e := p.book.Entry(f.file.Path)
		before := e.Base(f.file.Raw)
		lost := false
		for _, s := range f.settings() {
			if secret(s) {
				if !e.Wrote(s.Key, s.Old) {
					lost = true
					p.note("the value of %s in %s may be a secret and is not recorded, so that unconfigure cannot bring it back", shownKey(s.Key), f.file.Path)
				}
				s.Old = nil
			}
			e.Set(s.Key, s.Old, s.New)
		}
		if e.Became(before, f.content()); lost { // the spans have it
			e.Sum, e.Spans = "", nil
		}
	}
	if p.git == nil || !p.git.changed() {
		return
	}
	e := p.book.Entry(p.git.file.Path)
	before := e.Base(p.git.file.Raw)
	for _, a := range p.git.added {
		if a.Value != "" { // the reset goes with the helper
			e.Set([]string{a.Section, a.URL, a.Name}, nil, &a.Value)
		}
	}
	e.Became(before, p.git.content)
}

// takeBack plans what undoes the settings that wanted accepts, in a file of docker's
// form that the record knows. It reports whether the record knows the file.
func (p *plan) takeBack(f *edited, wanted func(key []string) bool) bool {
	e := p.book.Find(f.file.Path)
	if e == nil {
		return false
	}
	before, known := e.Before(f.file.Raw)
	taken := e.Take(func(s record.Setting) bool { return wanted(s.Key) })
	if len(taken) == 0 {
		return true
	}
	if len(e.Settings) == 0 && known && !f.fits(before, taken) {
		p.disbelieve(e)
		return false
	}
	for _, key := range restore(f.doc, taken) {
		p.note("kept %s in %s: somebody changed it after configure", shownKey(key), f.file.Path)
	}
	if len(e.Settings) == 0 && known {
		p.exactly(f, e, before, taken)
	} else if e.Made && f.doc.Empty() && len(e.Settings) == 0 {
		f.gone = true
	}
	p.rebase(e, before, f.content(), known, len(f.doc.Sections(config.IsSection)) > 0 || len(helpersOf(f.doc)) > 0)
	return true
}

// exactly makes the text what it was before configure.
func (p *plan) exactly(f *edited, e *record.Entry, before []byte, taken []record.Setting) {
	doc, err := dockerconfig.Parse(before)
	if err != nil { // configure parsed it
		return
	}
	f.doc, f.exact, f.gone = doc, before, before == nil
	if e.Mixed && len(restore(doc, taken)) < len(taken) {
		f.exact = doc.Bytes()
	}
}

// rebase notes what the file becomes: what was before it stays known as long as there
// is more to take back. Afterwards the record is kept where what looks like configure's
// was there before, so that another run leaves it.
func (p *plan) rebase(e *record.Entry, before, now []byte, known, more bool) {
	switch {
	case len(e.Settings) > 0 && known:
		e.Became(before, now)
	case len(e.Settings) > 0:
		e.Became(e.Base(now), now)
	case more:
		*e = record.Entry{Path: e.Path, Settings: []record.Setting{}}
	default:
		p.book.Forget(e.Path)
	}
}

// restore gives settings the values that they had, those that are still what configure
// made them. It returns the keys of the others.
func restore(d *dockerconfig.Document, settings []record.Setting) (kept [][]string) {
	for _, s := range settings {
		var have *string
		switch {
		case len(s.Key) == 2 && s.Key[0] == credHelpers:
			have = valueOf(d.Helpers(), s.Key[1])
		case len(s.Key) == 3 && s.Key[0] == plugins:
			have = valueOf(d.Section(s.Key[1]), s.Key[2])
		default:
			continue
		}
		switch {
		case !same(have, s.New):
			if have != nil && !same(have, s.Old) {
				kept = append(kept, s.Key)
			}
		case s.Key[0] == credHelpers && s.Old == nil:
			d.RemoveHelper(s.Key[1], *s.New)
		case s.Key[0] == credHelpers:
			d.SetHelper(s.Key[1], *s.Old)
		case s.Old == nil:
			d.RemoveKeys(s.Key[1], func(key string) bool { return key == s.Key[2] })
		default:
			d.SetKey(s.Key[1], s.Key[2], *s.Old)
		}
	}
	return kept
}

func same(a, b *string) bool { return a == b || a != nil && b != nil && *a == *b }

// helpersOf returns the registries whose helper is ours.
func helpersOf(d *dockerconfig.Document) (hosts []string) {
	for host, suffix := range d.Helpers() {
		if suffix == config.Name {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// takeGitBack plans what undoes the entries for the URLs that accept says, in git's
// file, as far as the record knows them.
func (p *plan) takeGitBack(accept func(url string) bool) bool {
	g := p.git
	e := p.book.Find(g.file.Path)
	if e == nil {
		return false
	}
	before, known := e.Before(g.file.Raw)
	var added []gitconfig.Entry
	e.Take(func(s record.Setting) bool {
		if len(s.Key) != 3 || s.New == nil || !accept(s.Key[1]) {
			return false
		}
		added = append(added, gitconfig.Entry{Section: s.Key[0], URL: s.Key[1], Name: s.Key[2], Value: *s.New})
		return true
	})
	if len(added) == 0 {
		return true
	}
	if len(e.Settings) == 0 && known && !g.fits(before, added) {
		p.disbelieve(e)
		return false
	}
	g.take(gitconfig.Undo(g.entries, added))
	if len(e.Settings) == 0 && known {
		g.exactly(e, before, added)
	} else if e.Made && len(strings.TrimSpace(string(g.content))) == 0 && len(e.Settings) == 0 {
		g.content = nil
	}
	after, err := gitconfig.Parse(g.content)
	p.rebase(e, before, g.content, known, err == nil && len(gitconfig.Places(after.Entries())) > 0)
	return true
}

// exactly makes the text what it was before configure.
func (g *gitEdit) exactly(e *record.Entry, before []byte, added []gitconfig.Entry) {
	text, err := gitconfig.Parse(before)
	if err != nil { // configure parsed it
		return
	}
	g.content = before
	if undo := gitconfig.Undo(text.Entries(), added); e.Mixed && len(undo.Drop) > 0 {
		g.content = undo.Edit(text)
	}
	if after, err := gitconfig.Parse(g.content); err == nil {
		g.steps = gitconfig.Steps(g.text.Entries(), after.Entries())
	}
}
