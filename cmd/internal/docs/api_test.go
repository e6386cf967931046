package docs

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	anAPI = regexp.MustCompile(`\bis (not )?an API\b`)
	// deed is an example that a reader of the package's documentation sees.
	deed = regexp.MustCompile(`(?m)^func Example\w+\(`)
)

// TestAPI: the comment of each package below helper and keystore says whether it
// is an API, and each that serves more than tests shows how it is used.
func TestAPI(t *testing.T) {
	t.Parallel()
	packages := 0
	for _, top := range []string{"helper", "keystore"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(dir string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if d.Name() == "testdata" || d.Name() == "internal" {
				return fs.SkipDir
			}
			comment := packageComment(t, dir)
			if comment == "" { // no Go files, or another test's business
				return nil
			}
			packages++
			name := filepath.ToSlash(strings.TrimPrefix(dir, root))
			m := anAPI.FindStringSubmatch(strings.Join(strings.Fields(comment), " "))
			switch {
			case m == nil:
				t.Errorf("the comment of %s does not say whether it is an API", name)
			case m[1] == "" && !strings.HasSuffix(name, "test") && !deed.MatchString(testCode(t, name)):
				t.Errorf("%s is an API and has no example", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if packages < 10 {
		t.Errorf("found %d packages", packages)
	}
}

// packageComment returns the comment of the package in a folder.
func packageComment(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file.Name()), nil, parser.ParseComments|parser.PackageClauseOnly)
		if err != nil {
			t.Fatal(err)
		}
		if text := f.Doc.Text(); strings.HasPrefix(text, "Package ") {
			return text
		}
	}
	return ""
}
