package configure

import (
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
)

// disbelieve drops the record of a file that would change more than its settings.
func (p *plan) disbelieve(e *record.Entry) {
	p.note("the record of %s would change more than configure did, and is not used: what configure replaced there is not brought back", e.Path)
	p.book.Forget(e.Path)
}

// fits reports whether a text differs from the file's in the settings alone.
func (f *edited) fits(before []byte, settings []record.Setting) bool {
	doc, err := dockerconfig.Parse(before)
	if err != nil {
		return false
	}
	ours := func(key []string) bool {
		return slices.ContainsFunc(settings, func(s record.Setting) bool { return slices.Equal(s.Key, key) })
	}
	return slices.Equal(f.old.Others(ours), doc.Others(ours))
}

// fits reports whether a text differs from git's file in the entries alone, and the
// resets that go with a helper.
func (g *gitEdit) fits(before []byte, added []gitconfig.Entry) bool {
	text, err := gitconfig.Parse(before)
	if err != nil {
		return false
	}
	others := func(all []gitconfig.Entry) []string {
		var left []string
		for _, e := range all {
			if !slices.ContainsFunc(added, func(a gitconfig.Entry) bool {
				if a.Section != e.Section || a.Name != e.Name {
					return false
				}
				if a.Name == "helper" {
					return e.Value == "" || gitconfig.Ours(e.Value)
				}
				return a.URL == e.URL && (a.Value == e.Value || a.Name == "usehttppath")
			}) {
				left = append(left, e.Key()+"\x00"+e.Value)
			}
		}
		return left
	}
	return slices.Equal(others(g.text.Entries()), others(text.Entries()))
}
