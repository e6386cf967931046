package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
)

// TestNames has git's configuration name a program in another spelling of its path than
// the system's: Windows has slashes and backslashes, and takes capitals for small ones.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "git-credential-iam")
	if err := os.WriteFile(path, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]bool{
		gitconfig.Value(path): true, gitconfig.Value(dir + "/./git-credential-iam"): true,
		gitconfig.Value(dir + "/other/git-credential-iam"): false, "iam": false,
	} {
		s := gitState{entries: []gitconfig.Entry{{Section: "credential", Name: "helper", Value: value}}}
		if got := s.names(path); got != want {
			t.Errorf("%q names %s: %v", value, path, got)
		}
	}
}
