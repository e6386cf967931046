package issuer_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestDependencies: a plugin must not link Google's clients or the source
// identities, with which it could reach more than it is given.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".", "../../cmd/credential-iam-issuer-ecr", "../../cmd/credential-iam-issuer-acr").Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "github.com/hashicorp/go-plugin\n") {
		t.Fatal("the list lacks what must be in it")
	}
	for _, name := range strings.Fields(string(out)) {
		for _, bad := range []string{
			"github.com/credential-iam/credential-iam/helper/iam", "github.com/credential-iam/credential-iam/helper/mint",
			"google.golang.org/api", "cloud.google.com", "golang.org/x/oauth2",
		} {
			if name == bad || strings.HasPrefix(name, bad+"/") {
				t.Errorf("linked: %s", name)
			}
		}
	}
}
