package docs

import (
	"strings"
	"testing"
)

// TestGoExamples: a line of Go on a page stands in an example that go test compiles
// and runs.
func TestGoExamples(t *testing.T) {
	t.Parallel()
	compiled := map[string]bool{}
	for line := range strings.Lines(testCode(t, "helper/iam")) {
		compiled[strings.Join(strings.Fields(line), " ")] = true
	}
	found := 0
	for _, p := range pages(t) {
		if p.name != "docs/library.md" { // the others say how a plugin is laid out
			continue
		}
		for _, block := range p.blocks("go") {
			found++
			for line := range strings.Lines(block) {
				if line = strings.Join(strings.Fields(line), " "); line != "" && !compiled[line] {
					t.Errorf("%s: %q stands in no example", p.name, line)
				}
			}
		}
	}
	if found < 2 {
		t.Errorf("found %d blocks", found)
	}
}
