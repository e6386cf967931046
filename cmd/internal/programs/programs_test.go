package programs

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestComplete finds a program that the list does not name: install.sh would leave
// it out, or build it with the tags of another kind. What is run by tests or
// measurements alone is no package main below cmd, or "go install ./cmd/..." would
// install it.
func TestComplete(t *testing.T) {
	if err := Depend(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "list", "-f", "{{.Name}} {{.ImportPath}}", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var folders []string
	for line := range strings.Lines(string(out)) {
		name, folder, _ := strings.Cut(strings.TrimSpace(line), " ")
		_, below, ok := strings.Cut(folder, "credential-iam/cmd/")
		if !ok {
			continue
		}
		if name == "main" {
			folders = append(folders, below)
		}
	}
	names := slices.Sorted(slices.Values(Names(All())))
	if slices.Sort(folders); !slices.Equal(folders, names) {
		t.Errorf("programs below cmd: %q\nin programs.txt:    %q", folders, names)
	}
}

// TestTags has adapters with an adapter's tags, and one core.
func TestTags(t *testing.T) {
	for _, p := range All() {
		if adapter := strings.Contains(p.Tags, "purego"); adapter != (p.Kind == Adapter) {
			t.Errorf("%s is of kind %s and has the tags %s", p.Name, p.Kind, p.Tags)
		}
	}
	if cores := Of(Core); len(cores) != 1 || cores[0].Name != "credential-iam" {
		t.Errorf("the core: %v", cores)
	}
}

// TestLinter has the linter's import rules name every adapter.
func TestLinter(t *testing.T) {
	config, err := os.ReadFile(filepath.Join("..", "..", "..", ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	rule := regexp.MustCompile(`(?m)^ +adapters:\n +files: \[(.*)\]$`).FindStringSubmatch(string(config))
	if rule == nil {
		t.Fatal("there is no rule adapters in .golangci.yml")
	}
	var names []string
	for _, m := range regexp.MustCompile(`"\*\*/cmd/([^"]*)/\*\.go"`).FindAllStringSubmatch(rule[1], -1) {
		names = append(names, path.Clean(m[1]))
	}
	slices.Sort(names)
	if want := slices.Sorted(slices.Values(Names(Of(Adapter)))); !slices.Equal(names, want) {
		t.Errorf("the rule adapters is for %q, want %q", names, want)
	}
}

func TestParse(t *testing.T) {
	all, err := parse("# a comment\n\nx adapter a,b x1 x2 # more\ny core c\n")
	if err != nil || len(all) != 2 || all[0].Name != "x" || all[0].Tags != "a,b" || !slices.Equal(all[0].Links, []string{"x1", "x2"}) || all[1].Kind != Core {
		t.Errorf("%+v, %v", all, err)
	}
	for _, bad := range []string{"x adapter", "x thing t", "x core t\nx core t", "x core t y\ny core t"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestDepend: outside of a module there is nothing to depend on, which is an error
// rather than a result that is kept for ever.
func TestDepend(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := Depend(); err == nil {
		t.Error("no error outside of a module")
	}
}
