package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/config"
)

// TestKeys: the table of docs/configuration.md has a row for every key of a section.
func TestKeys(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range config.KeyNames() {
		found := false
		for line := range strings.Lines(string(page)) {
			cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
			found = found || strings.HasPrefix(line, "| ") && strings.Contains(cell, "`"+name+"`")
		}
		if !found {
			t.Errorf("no row for the key %q", name)
		}
	}
}
