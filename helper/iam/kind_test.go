package iam

import (
	"os"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper/source"
)

// TestEveryType: a type of credential document that package source knows has a kind
// here, and is in the manual.
func TestEveryType(t *testing.T) {
	page, err := os.ReadFile("../../docs/sources.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range source.Types() {
		doc, err := source.Parse([]byte(`{"type":"` + name + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := ofDocument(doc, source.Principal{}); c == nil && err == nil {
			t.Errorf("%s has no kind in ofDocument", name)
		}
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/sources.md does not name %s", name)
		}
	}
}
