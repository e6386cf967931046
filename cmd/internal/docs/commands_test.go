package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/programs"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
)

var (
	// prompt is a command of a console block, with its continuation lines.
	prompt = regexp.MustCompile(`(?m)^\$ ((?:.*\\\n)*.*)$`)
	// scripted is a command of ours on lines of its own, in a file of a CI system.
	scripted = regexp.MustCompile(`(?m)^[\s-]*(credential-iam (?:.*\\\n)*.*)$`)
	// inline is a command within a sentence.
	inline = regexp.MustCompile("`((?:[a-z]+ )?credential-iam [^`]*)`")
)

// commands returns the command lines of a page that run credential-iam.
func (p page) commands() []string {
	var all []string
	for _, block := range p.blocks("console") {
		for _, m := range prompt.FindAllStringSubmatch(block, -1) {
			if strings.Contains(m[1], "credential-iam") {
				all = append(all, m[1])
			}
		}
	}
	for _, language := range []string{"yaml", "groovy", "dockerfile", "sh"} {
		for _, block := range p.blocks(language) {
			for _, m := range scripted.FindAllStringSubmatch(block, -1) {
				all = append(all, m[1])
			}
		}
	}
	for _, m := range inline.FindAllStringSubmatch(p.prose(), -1) {
		all = append(all, strings.NewReplacer("\n", " ", "...", "").Replace(m[1]))
	}
	return all
}

// asksHelp stands for credential-iam. The real one parses the command line, and
// then shows help instead of acting on it.
const asksHelp = `#!/bin/sh
out=$("$REAL" --help=true "$@" 2>&1) || printf '%s\n' "$out" >> "$FAILED"
echo "credential-iam $*" >> "$RAN"
`

// TestCommands has a shell read the commands of every page and credential-iam
// parse the arguments that it gets: commands and flags that are shown exist, and
// the values are of a form that they take. Nothing else is run.
func TestCommands(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here to read the commands with")
	}
	bin, err := programs.Build()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(bin) })
	dir := t.TempDir()
	if err := testenv.WriteProgram(filepath.Join(dir, "credential-iam"), []byte(asksHelp)); err != nil {
		t.Fatal(err)
	}
	ran, failed := filepath.Join(dir, "ran"), filepath.Join(dir, "failed")
	for _, p := range pages(t) {
		for _, command := range p.commands() {
			script := strings.NewReplacer("artifact", "/dev/null", "claims.json", "/dev/null", "/dev/shm/", dir+"/").Replace(command)
			cmd := exec.Command(shell, "-c", "command_not_found_handle() { :; }\n"+script)
			cmd.Dir = dir
			cmd.Env = []string{
				"PATH=" + dir, "HOME=" + dir, "REAL=" + filepath.Join(bin, "credential-iam"), "RAN=" + ran, "FAILED=" + failed,
			}
			out, _ := cmd.CombinedOutput() // the other commands of the line may fail
			if strings.Contains(string(out), "syntax error") {
				t.Errorf("%s: %s\n%s", p.name, command, out)
			}
			if b, err := os.ReadFile(failed); err == nil {
				t.Errorf("%s: %s\n%s", p.name, command, b)
				_ = os.Remove(failed)
			}
		}
	}
	if b, _ := os.ReadFile(ran); strings.Count(string(b), "\n") < 30 {
		t.Errorf("few commands were run; are the pages read?\n%s", b)
	}
}
