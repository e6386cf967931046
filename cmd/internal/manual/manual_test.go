package manual

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
)

const (
	root = "../../.."
	dir  = root + "/cmd/credential-iam/internal/topics"
)

// The help topics are made from docs/, and made again when that changes.
func TestTopicsAreCurrent(t *testing.T) {
	t.Parallel()
	made := t.TempDir()
	if err := WriteTopics(root, made); err != nil {
		t.Fatal(err)
	}
	for _, name := range Topics() {
		want, err := os.ReadFile(filepath.Join(made, name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		text := string(want)
		got, err := os.ReadFile(filepath.Join(dir, name+".txt"))
		if err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != text {
			t.Errorf("the help topic %s is not made from docs/%s.md as it is now (%v); run: go generate ./cmd/credential-iam/internal/topics", name, name, err)
		}
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			if len([]rune(line)) > columns {
				t.Errorf("%s: %d columns: %q", name, len([]rune(line)), line)
			}
			if strings.HasPrefix(line, "      ") && !strings.HasPrefix(line, "       ") || strings.HasPrefix(line, "        ") {
				continue // code, and what a table says
			}
			if strings.ContainsAny(line, "`") || strings.Contains(line, "**") || strings.Contains(line, "](") {
				t.Errorf("%s: %q has marks of Markdown", name, line)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"# A `b`\n":                            "A B\n",
		"One *two* **three `four`**\nfive.":    "  One two three four five.\n",
		"[a](#b) [c](sources.md#d) [e](x.md)":  "  a c (credential-iam help sources) e\n",
		"[a](https://b)":                       "  a <https://b>\n",
		"```sh\n$ a `b`\n\n  c\n```":           "      $ a `b`\n\n        c\n",
		"* a\n  b\n* c":                        "  * a b\n  * c\n",
		"1. a\n2. b":                           "  1. a\n  2. b\n",
		"| k | m | d |\n|---|---|---|\n|a|b||": "  a\n      b\n",
		"| k | m | d |\n|---|---|---|\n|a|b|c": "  a\n      b\n      d: c\n",
		"`a*b` and * c":                        "  a*b and * c\n",
	} {
		if got := Topic(in); got != want {
			t.Errorf("Topic(%q) = %q, want %q", in, got, want)
		}
	}
	if got, want := roff("`a-b` 'c' .d \\e"), `\fBa\-b\fR \(aqc\(aq .d \ee`; got != want {
		t.Errorf("roff = %q, want %q", got, want)
	}
	if got := protect(".SH evil"); !strings.HasPrefix(got, `\&`) {
		t.Errorf("a line that is a request: %q", got)
	}
}

// Every command and every program has a man page, and what formats man pages has
// nothing to say against them.
func TestPages(t *testing.T) {
	t.Parallel()
	bin, err := programs.Build()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(bin) })
	to := t.TempDir()
	if err := WritePages(root, bin, "v1.2.3", to); err != nil {
		t.Fatal(err)
	}
	commands, err := Commands(filepath.Join(bin, "credential-iam"))
	if err != nil {
		t.Fatal(err)
	}
	names := programs.Names(programs.All())
	for _, c := range commands {
		names = append(names, c.Name())
		if c.Short == "" || c.Long == "" || c.Usage == "" {
			t.Errorf("%s says little of itself: %+v", c.Path, c)
		}
	}
	if len(names) < 25 {
		t.Errorf("%d commands and programs: %q", len(names), names)
	}
	for _, name := range names {
		page, err := os.ReadFile(filepath.Join(to, "man1", name+".1"))
		if err != nil || !strings.Contains(string(page), ".SH NAME\n") || !strings.Contains(string(page), "v1.2.3") {
			t.Errorf("%s: %v\n%s", name, err, page)
		}
	}
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here to format the pages with")
	}
	pages, err := filepath.Glob(filepath.Join(to, "man*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		cmd := exec.Command(groff, "-ww", "-man", "-P-cbou", "-Tutf8", "-rLL=78n", page)
		cmd.Dir = to
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		// A line that cannot be broken is an address or a path.
		if err != nil || strings.Count(said.String(), "\n") != strings.Count(said.String(), "can't break line") {
			t.Errorf("%s: %v\n%s", filepath.Base(page), err, said.String())
		}
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimRight(line, "\n"); len([]rune(line)) > columns {
				t.Errorf("%s: %d columns: %q", filepath.Base(page), len([]rune(line)), line)
			}
		}
	}
}
