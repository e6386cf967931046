package docs

import (
	"strings"
	"testing"
)

// TestWidth: no line of prose below docs/ is wider than 120 columns. Tables have a line a
// row, and code is as it is run; help topics and man pages are wrapped anew.
func TestWidth(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		if !strings.HasPrefix(p.name, "docs/") {
			continue
		}
		for line := range strings.Lines(p.prose()) {
			if line = strings.TrimSuffix(line, "\n"); len([]rune(line)) > 120 && !strings.HasPrefix(line, "|") {
				t.Errorf("%s: %d columns: %.60s...", p.name, len([]rune(line)), line)
			}
		}
	}
}
