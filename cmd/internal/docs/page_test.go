package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the top of the repository, seen from this package.
const root = "../../.."

// page is one page of documentation.
type page struct {
	// name is its path from the root, with slashes.
	name string
	text string
}

// pages returns every page that a reader may open.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	for _, pattern := range []string{"*.md", "docs/*.md", "helper/*/README.md", "cmd/*/README.md", "cmd/internal/*/README.md"} {
		names, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page{filepath.ToSlash(rel), strings.ReplaceAll(string(b), "\r\n", "\n")})
		}
	}
	if len(all) < 8 {
		t.Fatalf("found %d pages, want the README, docs/ and the others", len(all))
	}
	return all
}

var fence = regexp.MustCompile("(?ms)^```(\\w*)\n(.*?)^```$")

// blocks returns the fenced blocks of one language.
func (p page) blocks(language string) []string {
	var all []string
	for _, m := range fence.FindAllStringSubmatch(p.text, -1) {
		if m[1] == language {
			all = append(all, m[2])
		}
	}
	return all
}

// prose returns the page without its fenced blocks.
func (p page) prose() string { return fence.ReplaceAllString(p.text, "") }

// exists reports whether a path of the repository, or a pattern, matches anything.
func exists(path string) bool {
	found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(path)))
	return err == nil && len(found) > 0
}
