//go:build linux

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// TestReleaseRefuses: a release is of a commit that has a tag of the form that every
// package format takes, and of nothing that is not in it.
func TestReleaseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, before, args, says string }{
		{"no tag", "", "release", "no tag"},
		{"a tag of an earlier commit", "git tag v1.2.3 && git commit -q --allow-empty -m y", "release", "no tag"},
		{"a tag that apk cannot compare", "git tag v1.2.3-hotfix", "release", "v1.2.3-hotfix"},
		{"a change that is not committed", "git tag v1.2.3 && echo '#' >>.ci/snapshot", "release", "not committed"},
		{"one target", "git tag v1.2.3", "release linux_amd64", "every target"},
		{"a snapshot of another system", "", "snapshot plan9_amd64", "plan9_amd64"},
		{"half a target", "", "snapshot linux", "linux is not one of"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			check(t, os.Mkdir(filepath.Join(dir, ".ci"), 0o755))
			check(t, os.Mkdir(filepath.Join(dir, "release"), 0o755))
			for _, name := range []string{".ci/snapshot", "release/targets.txt"} {
				check(t, testenv.WriteProgram(filepath.Join(dir, name), []byte(read(t, filepath.Join(root(), name)))))
			}
			script := "set -e\ngit init -q .\ngit add .\ngit commit -q -m x\n" + tt.before + "\nexec .ci/snapshot " + tt.args
			cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=x", "GIT_AUTHOR_EMAIL=x@example.com",
				"GIT_COMMITTER_NAME=x", "GIT_COMMITTER_EMAIL=x@example.com")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.HasPrefix(string(out), "release: ") || !strings.Contains(string(out), tt.says) || strings.Count(string(out), "\n") != 1 {
				t.Errorf("%v, want one line with %q:\n%s", err, tt.says, out)
			}
		})
	}
}
