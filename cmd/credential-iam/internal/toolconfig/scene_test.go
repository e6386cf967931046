package toolconfig

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper"
)

// secret is a value of others, which nothing may show.
const secret = "hunter2"

// scene is a World in a home of its own, with our programs in a folder.
type scene struct {
	World
	t   *testing.T
	env map[string]string
}

func newScene(t *testing.T) *scene {
	t.Helper()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, env: map[string]string{}}
	s.World = World{
		Env: helper.Env{HomeDir: home, Getenv: func(name string) string { return s.env[name] }},
		Bin: filepath.Join(home, "programs"),
		LookPath: func(name string) (string, error) {
			if filepath.IsAbs(name) {
				return exec.LookPath(name)
			}
			for _, dir := range filepath.SplitList(s.env["PATH"]) {
				if path, err := exec.LookPath(filepath.Join(dir, executable(name))); err == nil {
					return path, nil
				}
			}
			return "", exec.ErrNotFound
		},
	}
	s.env["PATH"] = s.Bin
	s.write("programs/"+executable(program), "ours")
	for _, name := range []string{bazelProgram, cargoProgram, terraformProgram} {
		if err := os.Symlink(filepath.Join(s.Bin, executable(program)), filepath.Join(s.Bin, executable(name))); err != nil {
			t.Skip(err)
		}
	}
	return s
}

func (s *scene) path(name string) string {
	return filepath.Join(s.Env.HomeDir, filepath.FromSlash(name))
}

func (s *scene) write(name, content string) {
	s.t.Helper()
	path := s.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		s.t.Fatal(err)
	}
}

// none is what read returns where there is no file.
const none = "(none)"

func (s *scene) read(name string) string {
	b, err := os.ReadFile(s.path(name))
	if errors.Is(err, os.ErrNotExist) {
		return none
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// set writes a file, or sees to it that there is none.
func (s *scene) set(name, content string) {
	s.t.Helper()
	if content != none {
		s.write(name, content)
	} else if err := os.RemoveAll(s.path(name)); err != nil {
		s.t.Fatal(err)
	}
}

// do makes the changes of a plan, which shows no secret.
func (s *scene) do(p Plan, err error) Plan {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	for _, step := range p.Steps {
		if strings.Contains(step.Diff, secret) {
			s.t.Errorf("the difference shows a value of others:\n%s", step.Diff)
		}
		for _, c := range step.Changes {
			if strings.Contains(strings.Join(append(c.Old, c.New...), " "), secret) {
				s.t.Errorf("a change shows a value of others: %+v", c)
			}
		}
		if err := files.Apply(context.Background(), step); err != nil {
			s.t.Fatal(err)
		}
	}
	return p
}

func (s *scene) configure(c Client, force bool, names ...string) Plan {
	s.t.Helper()
	return s.do(c.Configure(context.Background(), s.World, names, force))
}

func (s *scene) unconfigure(c Client) Plan {
	s.t.Helper()
	return s.do(c.Unconfigure(context.Background(), s.World, func(Use) bool { return true }))
}

func (s *scene) uses(c Client) []Use {
	s.t.Helper()
	uses, err := c.Uses(context.Background(), s.World)
	if err != nil {
		s.t.Fatal(err)
	}
	return uses
}

// refused wants an error of the user's, with a command that there is, and nothing
// changed; the error says so.
func (s *scene) refused(c Client, file string, force bool, names ...string) *helper.Error {
	s.t.Helper()
	before := s.read(file)
	p, err := c.Configure(context.Background(), s.World, names, force)
	if err == nil {
		s.t.Errorf("%s %q is not refused: %+v", c.Name(), names, p.Steps)
		return &helper.Error{}
	}
	if strings.Contains(err.Error(), secret) {
		s.t.Errorf("the error shows a value of others: %v", err)
	}
	if after := s.read(file); after != before {
		s.t.Errorf("%s was changed:\n%s", file, after)
	}
	e := helper.AsError(err)
	command, _, _ := strings.Cut(e.Hint, " ")
	there := []string{"credential-iam", "kubectl", "./install.sh", "unset", "export", "set", "${EDITOR:-vi}", "notepad"}
	if e.Who != helper.User || !slices.Contains(there, command) || e.Op != "read" && !strings.HasSuffix(e.Reason, "; nothing was changed") {
		s.t.Errorf("%+v", e)
	}
	if again, ok := strings.CutPrefix(e.Hint, "credential-iam configure "); ok && !strings.HasPrefix(again, "--"+c.Name()) {
		s.t.Errorf("%s: the command is of another client: %s", c.Name(), e.Hint)
	}
	return e
}

// back configures a file as it is, twice, and takes it back: it is what it was, byte
// for byte.
func (s *scene) back(c Client, file, content string, force bool, names ...string) (between string) {
	s.t.Helper()
	s.set(file, content)
	s.configure(c, force, names...)
	between = s.read(file)
	if p := s.configure(c, false, names...); len(p.Steps) > 0 {
		s.t.Errorf("%q: a second run changes %+v", content, p.Steps[0].Changes)
	}
	if len(s.uses(c)) == 0 {
		s.t.Errorf("%q: no use in\n%s", content, between)
	}
	s.unconfigure(c)
	if after := s.read(file); after != content {
		s.t.Errorf("taken back it is\n%q, and it was\n%q; between\n%q", after, content, between)
	}
	if uses := s.uses(c); len(uses) > 0 {
		s.t.Errorf("%q: left is %+v", content, uses)
	}
	return between
}
