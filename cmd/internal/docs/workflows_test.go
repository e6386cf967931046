package docs

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what a file of .github/workflows says, as far as it is tested.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Uses        string
		Permissions map[string]string
		Steps       []struct{ Uses, Run string }
	}
}

var (
	// target is a command "make TARGET" of a script.
	target = regexp.MustCompile(`\bmake ([a-z]+)`)
	// script is a command of this repository's own.
	script = regexp.MustCompile(`(?m)(?:^|[\s;(])(\.ci/[a-z-]+)`)
	// pinned is an action that nobody can replace by another: a commit, not a tag.
	pinned = regexp.MustCompile(`^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`)
)

// TestWorkflows reads the forge's workflows, which this project cannot run: what they
// call exists, what is not ours is pinned to a commit, no expression gets into a
// script, and they may read the repository and write no more than a release.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.yml"))
	if err != nil || len(files) < 2 {
		t.Fatalf("workflows: %q, %v", files, err)
	}
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, file := range files {
		name := filepath.Base(file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var w workflow
		if err := yaml.Unmarshal(text, &w); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := map[string]string{"contents": "read"}; !maps.Equal(w.Permissions, want) {
			t.Errorf("%s: by default its jobs may %v, want %v", name, w.Permissions, want)
		}
		for id, job := range w.Jobs {
			if p := maps.Clone(job.Permissions); p != nil && (p["contents"] == "" || len(p) > 1) {
				t.Errorf("%s: the job %s may %v", name, id, p)
			}
			if rest, ok := strings.CutPrefix(job.Uses, "./"); job.Uses != "" {
				if _, err := os.Stat(filepath.Join(root, rest)); !ok || err != nil {
					t.Errorf("%s: the job %s uses %s: %v", name, id, job.Uses, err)
				}
			}
			for _, step := range job.Steps {
				if step.Uses != "" && !pinned.MatchString(step.Uses) {
					t.Errorf("%s: %s is not pinned to a commit", name, step.Uses)
				}
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: an expression in a script: a name could be a command:\n%s", name, step.Run)
				}
				for _, m := range target.FindAllStringSubmatch(step.Run, -1) {
					called["make "+m[1]] = true
					if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
						t.Errorf("%s: there is no make %s", name, m[1])
					}
				}
				for _, m := range script.FindAllStringSubmatch(step.Run, -1) {
					called[m[1]] = true
					if st, err := os.Stat(filepath.Join(root, m[1])); err != nil || st.Mode()&0o111 == 0 && runtime.GOOS != "windows" {
						t.Errorf("%s: %s cannot be run: %v", name, m[1], err)
					}
				}
			}
		}
	}
	if got, want := slices.Sorted(maps.Keys(called)), []string{".ci/run", "make release"}; !slices.Equal(got, want) {
		t.Errorf("they call %q, want %q", got, want)
	}
}
