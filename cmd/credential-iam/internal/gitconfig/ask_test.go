package gitconfig

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// eachGit runs a test with the machine's git and with the unpacked ones of other
// ages, each with an empty home and a file for its global configuration.
func eachGit(t *testing.T, test func(t *testing.T, g Git, file string)) {
	g, _ := realGit(t)
	programs := []string{g.Program}
	unpacked, err := filepath.Glob(filepath.Join("..", "..", "..", "..", ".tools", "git-*", "bin", "git"))
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range unpacked {
		abs, err := filepath.Abs(program)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, abs)
	}
	for _, program := range programs {
		g, file := realGit(t)
		g.Program = program
		v, err := g.Version(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Run(v.String(), func(t *testing.T) { test(t, g, file) })
	}
}

// ask configures git and asks it for a URL.
func ask(t *testing.T, g Git, file, config, url string) Asked {
	t.Helper()
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	all, err := g.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	a, err := g.Ask(t.Context(), all, url)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What git does with patterns is git's to say, and not what one would think.
func TestAsk(t *testing.T) {
	const ours = "[credential \"https://H.example.com\"]\n\thelper =\n\thelper = iam\n"
	for _, c := range []struct {
		name, config, url string
		helpers           string
		path              bool
	}{
		{"nothing", "", "https://h.example.com", "", false},
		{"a storing one before", "[credential]\n\thelper = store\n" + ours, "https://h.example.com/r", "iam", false},
		{"a storing one after", ours + "[credential]\n\thelper = store\n", "https://h.example.com", "iam store", false},
		{"forgotten again", ours + "[credential]\n\thelper =\n", "https://h.example.com", "", false},
		{"another port", ours, "https://h.example.com:8443", "", false},
		{"its own port", ours, "https://h.example.com:443/", "iam", false},
		{"another scheme", ours, "http://h.example.com", "", false},
		{"a wildcard", "[credential \"https://*.example.com\"]\n\thelper = iam\n", "https://h.example.com/x", "iam", false},
		{"a wildcard is one label", "[credential \"https://*.com\"]\n\thelper = iam\n", "https://h.example.com/x", "", false},
		{"a pattern for a pattern", "[credential \"https://*.*.example.com\"]\n\thelper = iam\n", "https://*.*.example.com", "iam", false},
		{"a wildcard without a scheme", "[credential \"*.example.com\"]\n\thelper = iam\n", "https://h.example.com/x", "", false},
		{"a host without a scheme", "[credential \"h.example.com\"]\n\thelper = iam\n", "https://h.example.com/x", "iam", false},
		{"somebody's", ours + "[credential \"https://bob@h.example.com\"]\n\thelper = store\n", "https://h.example.com/r", "iam", false},
		{"somebody's, named", ours + "[credential \"https://bob@h.example.com\"]\n\thelper = store\n", "https://bob@h.example.com/r", "iam store", false},
		{"a path", ours + "\tuseHttpPath = true\n", "https://h.example.com/team/r", "iam", true},
		{"a path, in other words", ours + "\tuseHttpPath = yes\n", "https://h.example.com/team/r", "iam", true},
		{"a path, in no words", ours + "\tuseHttpPath\n", "https://h.example.com/team/r", "iam", true},
		{"no path any more", ours + "\tuseHttpPath = true\n[credential]\n\tuseHttpPath = false\n", "https://h.example.com/team/r", "iam", false},
		{"odd words", "[credential \"https://h.example.com\"]\n\thelper = \"!f() { echo \\\"a b\\\" \\\\n; }; f\"\n", "https://h.example.com", "!f() { echo \"a b\" \\n; }; f", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachGit(t, func(t *testing.T, g Git, file string) {
				a := ask(t, g, file, c.config, c.url)
				var helpers []string
				for _, e := range a.Helpers {
					helpers = append(helpers, e.Value)
					if e.File != file {
						t.Errorf("%s is said to be in %q", e.Key(), e.File)
					}
				}
				if got := strings.Join(helpers, " "); got != c.helpers || a.Path != c.path {
					t.Errorf("git runs %q, path %v; want %q, %v", got, a.Path, c.helpers, c.path)
				}
			})
		})
	}
}

// Nobody's helper runs, and what it may hold is written nowhere.
func TestAskRunsNothing(t *testing.T) {
	g, file := realGit(t)
	ran := filepath.Join(filepath.Dir(file), "ran")
	g.Environ = append(g.Environ, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=credential.helper", "GIT_CONFIG_VALUE_0=!touch "+ran, "GIT_TRACE2_EVENT="+filepath.Join(filepath.Dir(file), "trace"))
	tmp := filepath.Join(filepath.Dir(file), "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", tmp)
	a := ask(t, g, file, "[credential]\n\thelper = \"!touch "+ran+"\"\n", "https://h.example.com")
	if len(a.Helpers) == 0 || a.Helpers[0].File != file {
		t.Errorf("%+v", a)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("a helper was run")
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestAskAsGit holds it beside git with helpers that really run.
func TestAskAsGit(t *testing.T) {
	patterns := []string{
		"", "https://a.example.com", "https://*.example.com", "a.example.com", "*.example.com", "https://a.example.com/team", "https://bob@a.example.com",
		"https://A.example.com:443/team/", "http://a.example.com", "https://", "https://a.example.com/team/r.git", "https://a.example.com./", "/team",
	}
	urls := []string{"https://a.example.com", "https://a.example.com/team/r.git", "https://bob@a.example.com/team", "http://a.example.com/x", "https://b.example.com:8443"}
	r := rand.New(rand.NewPCG(1, 2))
	eachGit(t, func(t *testing.T, g Git, file string) {
		log := filepath.Join(filepath.Dir(file), "log")
		for range 15 {
			var b strings.Builder
			for i := range 1 + r.IntN(8) {
				fmt.Fprintf(&b, "[credential %s]\n", quoted(patterns[r.IntN(len(patterns))]))
				switch r.IntN(4) {
				case 0:
					b.WriteString("\thelper =\n")
				case 1:
					fmt.Fprintf(&b, "\tuseHttpPath = %v\n", r.IntN(2) == 0)
				default:
					fmt.Fprintf(&b, "\thelper = \"!{ echo h%d; cat; } >>%s; :\"\n", i, log)
				}
			}
			config, url := strings.ReplaceAll(b.String(), `[credential ""]`, "[credential]"), urls[r.IntN(len(urls))]
			a := ask(t, g, file, config, url)
			var got []string
			for _, e := range a.Helpers {
				_, name, _ := strings.Cut(e.Value, "echo ")
				name, _, _ = strings.Cut(name, ";")
				got = append(got, name)
			}
			_ = os.Remove(log)
			cmd := exec.Command(g.Program, "credential", "fill")
			cmd.Env, cmd.Stdin, cmd.Dir = append(g.Environ, "GIT_TERMINAL_PROMPT=0"), strings.NewReader("url="+url+"\n\n"), t.TempDir()
			_ = cmd.Run()
			said, _ := os.ReadFile(log)
			var want []string
			path := false
			for line := range strings.Lines(string(said)) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "h") && !strings.Contains(line, "=") {
					want = append(want, line)
				}
				path = path || strings.HasPrefix(line, "path=")
			}
			if !slices.Equal(got, want) || a.Path != path {
				t.Errorf("%s\n%s: got %q, path %v; git runs %q, path %v", config, url, got, a.Path, want, path)
			}
		}
	})
}
