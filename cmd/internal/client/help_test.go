package client

import (
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/helper/adapter"
)

// TestHelp: under each name that it is installed under, the program answers the --help
// that its errors name.
func TestHelp(t *testing.T) {
	for _, p := range programs.All() {
		if p.Name != Name {
			continue
		}
		for _, name := range append([]string{p.Name}, p.Links...) {
			program, args := Program([]string{"/usr/bin/" + name, "--help"})
			var out, log strings.Builder
			code := adapter.Run(program, adapter.Process{Args: args, Getenv: func(string) string { return "" }, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &log})
			if code != 0 || !strings.HasPrefix(out.String(), "usage: "+name+" ") {
				t.Errorf("%s --help: exit %d, %q%q", name, code, out.String(), log.String())
			}
		}
	}
}
