package layers

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// habit is something that a test must not do.
type habit struct {
	what, instead string
	found         *regexp.Regexp
	unless        string
	may           []string
}

func (h habit) matches(line string) bool {
	return h.found.MatchString(line) && (h.unless == "" || !strings.Contains(line, h.unless))
}

// What a test must not do to what it shares with the tests that run beside it, and
// with the person who runs them. Lines that have unless are not meant, nor are the
// files that may.
var forbidden = []habit{
	{
		what:    "purges every keystore of its user",
		instead: "use machine.Purge, whose user has nothing else, or purge --host",
		found:   regexp.MustCompile(`credential-iam purge\b|"purge"|\bpurge\.All\(`),
		unless:  "--host",
		may: []string{
			"cmd/internal/testenv/machine/purge.go",
			"cmd/credential-iam/source_test.go",             // of a keyring on the test's own bus, and nothing else
			"cmd/credential-iam/target_test.go",             // with a mistake in the command line
			"helper/forget_test.go", "helper/model_test.go", // of a store in memory
		},
	},
	{
		what:    "fills a user's kernel keyring",
		instead: "use machine.FillKernelQuota, or run as a user of keystoretest.User",
		found:   regexp.MustCompile(`AddKey\(.*KEY_SPEC_USER_KEYRING`),
		may: []string{
			"cmd/internal/testenv/machine/user.go",
			"keystore/keystoretest/user_linux_test.go", // one key, as a user that the test alone has
		},
	},
	{
		what:    "kills processes by their name, another test's too",
		instead: "kill the process that the test has started",
		found:   regexp.MustCompile(`\b(pkill|killall)\b`),
	},
	{
		what:    "listens on a port that another process may have",
		instead: "listen on port 0 and ask which it is",
		found:   regexp.MustCompile(`Listen\("tcp[46]?", ".*:[1-9][0-9]*"\)`),
	},
}

// TestPurge keeps tests apart that run at the same time: the kernel keyring of a user,
// the names of processes and the ports are the same for all.
func TestPurge(t *testing.T) {
	for _, f := range forbidden {
		seen := map[string]bool{}
		testFiles(t, func(path, line string) {
			if !f.matches(line) {
				return
			}
			if slices.Contains(f.may, path) {
				seen[path] = true
				return
			}
			t.Errorf("%s %s: %s\n%s", path, f.what, f.instead, strings.TrimSpace(line))
		})
		for _, path := range f.may {
			if !seen[path] {
				t.Errorf("%s may do what it does not: %q is not found there", path, f.found)
			}
		}
	}
}

// testFiles calls f with each line of what tests are made of, but for comments.
func testFiles(t *testing.T, f func(path, line string)) {
	t.Helper()
	root := os.DirFS("../../..")
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir(), path == "cmd/internal/layers/shared_test.go":
			return nil
		}
		isTest := strings.HasSuffix(path, "_test.go") || filepath.Ext(path) == ".txtar" ||
			filepath.Ext(path) == ".go" && (strings.HasPrefix(path, "cmd/internal/testenv/") || strings.Contains(path, "test/"))
		if !isTest {
			return nil
		}
		b, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(b)) {
			if text := strings.TrimSpace(line); !strings.HasPrefix(text, "//") && !strings.HasPrefix(text, "#") {
				f(path, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPurgePattern: which lines are a purge of everything.
func TestPurgePattern(t *testing.T) {
	for line, want := range map[string]bool{
		`exec credential-iam purge`:                           true,
		`exec credential-iam purge --json`:                    true,
		`exec sh -c 'credential-iam purge'`:                   true,
		`m.must("credential-iam purge", "")`:                  true,
		`w.try(nil, machine.Core, "purge")`:                   true,
		`m.Command(ctx, machine.Core, "purge", "").Output()`:  true,
		`all := purge.All(ctx, o)`:                            true,
		`exec credential-iam purge --host gcr.io`:             false,
		`"credential-iam purge --host gcr.io" "x"`:            false,
		`w.try(nil, machine.Core, "purge", "--host", "x.io")`: false,
		`stdout 'run: credential-iam doctor'`:                 false,
	} {
		if got := forbidden[0].matches(line); got != want {
			t.Errorf("%s: %v, want %v", line, got, want)
		}
	}
}
