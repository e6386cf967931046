package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// named is a path of the repository, or the bare name of a Go file, in prose or
// in a drawing.
var named = regexp.MustCompile(`(?:^|[\s(` + "`" + `])((?:\./)?(?:(?:cmd|helper|keystore|docs|tools|\.ci)(?:/[\w.*-]+)+|(?:[\w-]+\.go|install\.sh|Makefile)\b))`)

// TestNamedFiles finds every file that a page names.
func TestNamedFiles(t *testing.T) {
	t.Parallel()
	goFiles := goNames(t)
	found := 0
	for _, p := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(p.text, -1) {
			name := strings.TrimRight(strings.TrimPrefix(m[1], "./"), ".")
			if inGo(p, name) {
				continue
			}
			found++
			if strings.HasSuffix(name, ".go") && !strings.Contains(name, "/") {
				if !goFiles[name] {
					t.Errorf("%s names %s, which is nowhere", p.name, name)
				}
				continue
			}
			if !exists(name) && !exists(path.Join(path.Dir(p.name), name)) {
				t.Errorf("%s names %s, which does not exist", p.name, name)
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d names; is the pattern right?", found)
	}
}

// inGo reports whether a page has a name only in its Go code, where it is an
// import path or a value of the example's.
func inGo(p page, name string) bool {
	rest := p.text
	for _, block := range p.blocks("go") {
		rest = strings.ReplaceAll(rest, block, "")
	}
	return !strings.Contains(rest, name)
}

// goNames returns the names of all Go files.
func goNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, dir := range []string{"cmd", "helper", "keystore"} {
		err := fs.WalkDir(os.DirFS(filepath.Join(root, dir)), ".", func(name string, _ fs.DirEntry, err error) error {
			if path.Ext(name) == ".go" {
				names[path.Base(name)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return names
}

// cited is a package, a test or a script, as SECURITY.md cites them.
var cited = regexp.MustCompile("(?:cmd|helper|keystore)(?:/[\\w-]+)*|`(?:Test|Fuzz)\\w+`|`\\w+\\.txtar`")

// TestCitedTests finds every test that SECURITY.md and docs/reliability.md cite, in the
// package that is named before it.
func TestCitedTests(t *testing.T) {
	t.Parallel()
	for name, least := range map[string]int{"SECURITY.md": 50, "docs/reliability.md": 20} {
		t.Run(name, func(t *testing.T) { citations(t, name, least) })
	}
}

// citations finds what a page cites, least tests at least.
func citations(t *testing.T, page string, least int) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{}
	found := 0
	for line := range strings.Lines(string(b)) {
		pkg := ""
		for _, name := range cited.FindAllString(line, -1) {
			test := strings.Trim(name, "`")
			switch {
			case test == name:
				pkg = name
				continue
			case strings.HasSuffix(test, ".txtar"):
				if !exists("cmd/internal/e2e/scripts/testdata/" + test) {
					t.Errorf("%s cites the script %s, which does not exist", page, test)
				}
			case pkg == "":
				t.Errorf("%s cites %s without its package", page, test)
			default:
				if _, read := tests[pkg]; !read {
					tests[pkg] = testCode(t, pkg)
				}
				if !strings.Contains(tests[pkg], "\nfunc "+test+"(") {
					t.Errorf("%s cites %s of %s, which does not exist", page, test, pkg)
				}
			}
			found++
		}
	}
	if found < least {
		t.Errorf("found %d citations; is the pattern right?", found)
	}
}

// testCode returns the test files of a package.
func testCode(t *testing.T, pkg string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	return strings.ReplaceAll(code.String(), "\r\n", "\n")
}
