package early

import (
	"go/build"
	"testing"
)

// TestImports: with an import this package would be initialised after it, and after
// those whose paths come before that.
func TestImports(t *testing.T) {
	p, err := build.ImportDir(".", 0)
	if err != nil || len(p.GoFiles) == 0 || len(p.Imports) > 0 {
		t.Errorf("%q imports %q: %v", p.GoFiles, p.Imports, err)
	}
}
