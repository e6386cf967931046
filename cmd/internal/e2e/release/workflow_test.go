//go:build linux

package release

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

// step is a step of a workflow.
type step struct {
	Name, Run string
	Env       map[string]string
}

// runner runs steps as the forge's runner does, with stand-ins for make and gh that
// note how they were called.
type runner struct{ home, work string }

// newRunner makes one; make leaves a release's files, or fails.
func newRunner(t *testing.T, makes string) *runner {
	t.Helper()
	r := &runner{t.TempDir(), t.TempDir()}
	for name, script := range map[string]string{
		"make": `echo "$0 $*" >>"$HOME/called"` + "\n" + makes,
		"gh":   `printf '%s\n' "$@" >"$HOME/gh"`,
	} {
		check(t, os.MkdirAll(filepath.Join(r.home, "bin"), 0o755))
		check(t, testenv.WriteProgram(filepath.Join(r.home, "bin", name), []byte("#!/bin/sh\n"+script+"\n")))
	}
	return r
}

// run runs a step in a folder; values are what the forge fills in.
func (r *runner) run(t *testing.T, s step, dir string, values ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
	cmd.Dir = dir
	cmd.Env = []string{"HOME=" + r.home, "PATH=" + filepath.Join(r.home, "bin") + ":/usr/bin:/bin", "GITHUB_WORKSPACE=" + r.work, "GITHUB_REF_NAME=v1.2.3"}
	for name, value := range s.Env {
		value = strings.NewReplacer(values...).Replace(value)
		if strings.Contains(value, "${{") {
			t.Errorf("the forge is asked for %s", value)
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// note is what a stand-in wrote.
func (r *runner) note(name string) string {
	b, _ := os.ReadFile(filepath.Join(r.home, name))
	return string(b)
}

// steps are those of a workflow's job that run something.
func steps(t *testing.T, file, job string) []step {
	t.Helper()
	var w struct {
		Jobs map[string]struct{ Steps []step }
	}
	decode(t, ".github/workflows/"+file, &w)
	return slices.DeleteFunc(w.Jobs[job].Steps, func(s step) bool { return s.Run == "" })
}

// makesRelease is what make release does, for the workflow: it takes the key, which is a
// file that is in memory and nobody else's.
const makesRelease = `[ -z "${MINISIGN_KEY:-}" ] && cp "$SIGN_KEY" "$HOME/key" && stat -c '%a %n' "$SIGN_KEY" >"$HOME/stat"
mkdir dist && touch dist/SHA256SUMS dist/a.deb`

// TestReleaseWorkflow runs the steps on a tag: the key is in memory while make release
// runs and gone after it, and what was made becomes a draft of the tag.
func TestReleaseWorkflow(t *testing.T) {
	const secret = "untrusted comment: minisign secret key\nUldRW"
	all := steps(t, "release.yml", "release")
	if len(all) != 2 {
		t.Fatalf("%d steps", len(all))
	}
	for _, tt := range []struct {
		name, secret, makes string
		fails               bool
	}{
		{"as it is", secret, makesRelease, false},
		{"make fails", secret, makesRelease + "\nexit 1", true},
		{"no key", "", makesRelease, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRunner(t, tt.makes)
			out, err := r.run(t, all[0], r.work, "${{ secrets.MINISIGN_KEY }}", tt.secret)
			if (err != nil) != tt.fails {
				t.Fatalf("%v\n%s", err, out)
			}
			if tt.secret == "" {
				if !strings.Contains(out, "::error::") || r.note("called") != "" {
					t.Errorf("it says %q, and calls %q", out, r.note("called"))
				}
				return
			}
			mode, key, _ := strings.Cut(strings.TrimSpace(r.note("stat")), " ")
			if r.note("key") != secret+"\n" || mode != "600" || !strings.HasPrefix(key, "/dev/shm/") {
				t.Errorf("make has the key %q in %s with the mode %s", r.note("key"), key, mode)
			}
			if _, err := os.Stat(key); !os.IsNotExist(err) {
				t.Errorf("the key stays: %v", err)
			}
			if want := filepath.Join(r.home, "bin/make") + " release\n"; r.note("called") != want {
				t.Errorf("it calls %q, want %q", r.note("called"), want)
			}
			if tt.fails {
				return
			}
			out, err = r.run(t, all[1], r.work, "${{ github.token }}", "x")
			args := strings.Split(strings.TrimSpace(r.note("gh")), "\n")
			if err != nil || len(args) < 5 || !slices.Equal(args[:3], []string{"release", "create", "v1.2.3"}) ||
				!slices.Contains(args, "--draft") || !slices.Contains(args, "--verify-tag") || !slices.Equal(args[len(args)-2:], []string{"dist/SHA256SUMS", "dist/a.deb"}) {
				t.Errorf("%v: gh %q\n%s", err, args, out)
			}
		})
	}
}

// TestCIWorkflow runs the steps on a push: git takes the folder, and both of make's
// targets are run, the second not where the first fails.
func TestCIWorkflow(t *testing.T) {
	all := steps(t, "ci.yml", "run")
	if len(all) != 2 {
		t.Fatalf("%d steps", len(all))
	}
	for _, tt := range []struct{ name, makes, want string }{
		{"as it is", `[ "$CI" = true ]`, "test lint"},
		{"a test fails", "exit 2", "test"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRunner(t, tt.makes)
			if out, err := r.run(t, all[0], r.work); err != nil || !strings.Contains(r.note(".gitconfig"), "directory = "+r.work) {
				t.Errorf("%v\n%s%s", err, out, r.note(".gitconfig"))
			}
			out, err := r.run(t, all[1], root())
			if (err == nil) != (tt.want == "test lint") {
				t.Errorf("%v\n%s", err, out)
			}
			if got := strings.Join(strings.Fields(strings.ReplaceAll(r.note("called"), filepath.Join(r.home, "bin/make"), "")), " "); got != tt.want {
				t.Errorf("it makes %q, want %q", got, tt.want)
			}
		})
	}
}
