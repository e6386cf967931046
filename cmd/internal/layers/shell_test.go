package layers

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// posix is a command of a POSIX shell in a program's text: what PowerShell and cmd do not
// know, or know as something else.
var posix = regexp.MustCompile("[\"`](export|unset|sudo|chmod|rm|ls|mv|cp|env|command|curl|df|head|sha256sum|timedatectl|install -[a-zA-Z]) [^\"`]|&& (export|sudo|chmod|cp|rm) |[|] jq ")

// TestShells: a command that fixes an error is for the shell that the person has, so what
// Windows compiles has none of POSIX's but where package helper chooses between them,
// and where the error cannot be one on Windows.
func TestShells(t *testing.T) {
	may := []string{
		"helper/shell.go", "helper/shellfiles.go", "helper/clock.go", // the choice
		"cmd/credential-iam/internal/files/fix.go",        // mounts, owners and full disks as POSIX has them
		"cmd/credential-iam/internal/doctor/docker.go",    // snap; and docker for Linux
		"cmd/credential-iam/internal/doctor/keystores.go", // the kernel's keyring
		"cmd/credential-iam/internal/owner/owner.go",      // a comment
		"helper/adapter/above.go",                         // a comment
	}
	seen := map[string]bool{}
	root := os.DirFS("../../..")
	for _, top := range []string{"cmd", "helper", "keystore"} {
		err := fs.WalkDir(root, top, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				if path == "cmd/internal" || d != nil && d.Name() == "testdata" {
					return fs.SkipDir
				}
				return err
			}
			if !strings.HasSuffix(path, ".go") || strings.Contains(path, "test/") ||
				slices.ContainsFunc([]string{"_test", "_unix", "_linux", "_darwin"}, func(end string) bool { return strings.HasSuffix(path, end+".go") }) {
				return nil
			}
			text, err := fs.ReadFile(root, path)
			if found := posix.FindString(string(text)); found != "" {
				if seen[path] = true; !slices.Contains(may, path) {
					t.Errorf("%s has a command of a POSIX shell, %s: use one of helper/shell.go", path, found)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range may {
		if !seen[path] {
			t.Errorf("%s may have what it does not", path)
		}
	}
}
