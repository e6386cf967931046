package docs

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// TestConfigurationExamples reads every example of docker's file as the helpers
// read it: it is JSON, and each section and key in it exists.
func TestConfigurationExamples(t *testing.T) {
	t.Parallel()
	found := 0
	for _, p := range pages(t) {
		for _, block := range p.blocks("json") {
			if !strings.Contains(block, `"plugins"`) {
				continue
			}
			found++
			env := helper.Env{Getenv: func(string) string { return "" }}
			c := config.Parse(env, "config.json", []byte(block))
			for _, problem := range c.Problems() {
				t.Errorf("%s: %v\n%s", p.name, problem, block)
			}
			if len(c.Sections()) == 0 {
				t.Errorf("%s: an example without a section\n%s", p.name, block)
			}
		}
	}
	if found < 4 {
		t.Errorf("found %d examples; are the pages read?", found)
	}
}
