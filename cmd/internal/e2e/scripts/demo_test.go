//go:build unix

package scripts

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDemoInterrupt interrupts "credential-iam demo" alone, as kill does: the demo
// that it started cleans up first.
func TestDemoInterrupt(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git")
	}
	bin, err := binaries()
	if err != nil {
		t.Fatal(err)
	}
	home, tmp := t.TempDir(), t.TempDir()
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "credential-iam"), "demo")
	cmd.Env = []string{"HOME=" + home, "TMPDIR=" + tmp, "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	interrupted := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if interrupted || !strings.HasPrefix(lines.Text(), "== configure") {
			continue
		}
		interrupted = true
		if left, err := os.ReadDir(tmp); err != nil || len(left) == 0 {
			t.Errorf("the demo has no folder of its own: %v", err)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); !interrupted || cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("interrupted is %v, %v", interrupted, err)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) != 0 {
		t.Errorf("the demo left %v, %v", left, err)
	}
}
