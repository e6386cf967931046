package configure

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree lists what is below a folder.
func tree(t *testing.T, dir string) (all []string) {
	t.Helper()
	if err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestNothingIsLeft has unconfigure leave no folder and no link that configure made, all
// at once or one after another, and each that somebody else uses.
func TestNothingIsLeft(t *testing.T) {
	all := func() Request {
		return Request{
			Keys: keys("serviceAccount", account), Docker: []string{"gcr.io"}, Git: []string{"https://source.developers.google.com"},
			Tools: map[string][]string{"pip": nil, "pnpm": {"https://us-npm.pkg.dev/p/r/"}},
		}
	}
	for _, c := range []struct {
		name    string
		between func(s *scene)
		back    []Request
		left    func(s *scene) []string
	}{
		{"all", nil, []Request{{}}, nil},
		{"twice", func(s *scene) { s.configure(all()) }, []Request{{}}, nil},
		{"one after another", nil, []Request{
			{Hosts: []string{"gcr.io", "source.developers.google.com"}}, {Tools: map[string][]string{"pip": nil}}, {Hosts: []string{"us-npm.pkg.dev"}},
		}, nil},
		{"a line that somebody removed", func(s *scene) {
			if err := os.Remove(s.home.Path(".npmrc")); err != nil {
				t.Fatal(err)
			}
		}, []Request{{}}, nil},
		{"a folder that somebody uses", func(s *scene) { s.write(filepath.Join(filepath.Dir(s.docker), "contexts"), "x") }, []Request{{}}, func(s *scene) []string {
			return []string{filepath.Dir(s.docker), filepath.Join(filepath.Dir(s.docker), "contexts")}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t).withPrograms()
			s.needGit()
			if err := os.RemoveAll(filepath.Dir(s.docker)); err != nil {
				t.Fatal(err)
			}
			before := tree(t, s.home.Dir)
			s.configure(all())
			if c.between != nil {
				c.between(s)
			}
			for _, r := range c.back {
				s.unconfigure(r)
			}
			want := before
			if c.left != nil {
				want = append(slices.Clone(before), c.left(s)...)
				slices.Sort(want)
			}
			got := tree(t, s.home.Dir)
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("not as it was: %s", diff)
			}
			s.sameAgain(func() Report { return s.unconfigure(Request{}) })
		})
	}
}
