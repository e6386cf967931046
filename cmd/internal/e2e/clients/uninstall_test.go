//go:build unix

package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/terminal"
)

// TestUninstall: what takes the configuration back is named before the programs that do
// it are gone, and a person is asked.
func TestUninstall(t *testing.T) {
	script := filepath.Join(repository(t), "install.sh")
	const way = "credential-iam unconfigure;"
	for _, c := range []struct {
		answer string
		gone   bool
	}{{"", true}, {"n", false}, {"y", true}} {
		bin := t.TempDir()
		program := filepath.Join(bin, "credential-iam")
		put(t, program, "")
		cmd := exec.CommandContext(t.Context(), parts.Program(t, "sh"), "-c", `exec sh "$0" --uninstall --bin-dir "$1" 2>&1`, script, bin)
		var said string
		if c.answer == "" { // a script's
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			said = string(out)
		} else {
			s, err := terminal.Start(cmd)
			if err != nil {
				t.Fatal(err)
			}
			s.Await("[y/N]")
			if _, err := os.Stat(program); err != nil {
				t.Error("removed before it asked")
			}
			if err := s.Type(c.answer + "\n"); err != nil {
				t.Fatal(err)
			}
			screen, code, err := s.Wait()
			if err != nil || (code == 0) != c.gone {
				t.Errorf("%q: exit %d, %v\n%s", c.answer, code, err, screen)
			}
			said = screen
		}
		_, err := os.Stat(program)
		if gone := err != nil; gone != c.gone {
			t.Errorf("%q: gone is %v\n%s", c.answer, gone, said)
		}
		if first, then := strings.Index(said, way), strings.Index(said, "removed "+program); first < 0 || c.gone && then < first {
			t.Errorf("%q: the way back is not said first:\n%s", c.answer, said)
		}
	}
}

// Nobody reads what was removed (head -1): all is removed, nevertheless.
func TestUninstallUnread(t *testing.T) {
	bin := t.TempDir()
	for _, name := range names() {
		put(t, filepath.Join(bin, name), "")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	defer w.Close()
	cmd := exec.CommandContext(t.Context(), parts.Program(t, "sh"), filepath.Join(repository(t), "install.sh"), "--uninstall", "--bin-dir", bin)
	cmd.Stdout = w
	if err := cmd.Run(); err == nil {
		t.Error("exit status 0")
	}
	if left := files(t, bin); left != nil {
		t.Errorf("%q are left", left)
	}
}
