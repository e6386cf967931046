//go:build unix

package scripts

import (
	"bufio"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/envtest"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// TestDemoInterrupt interrupts "credential-iam demo" alone, as kill does: the demo
// that it started cleans up first.
func TestDemoInterrupt(t *testing.T) {
	parts.Program(t, "git")
	h := envtest.New(t, testenv.Options{Path: []string{envtest.Programs(t)}})
	cmd := h.Command(t.Context(), h.Dir, nil, "credential-iam", "demo")
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
		if left, err := os.ReadDir(h.Temp); err != nil || len(left) == 0 {
			t.Errorf("the demo has no folder of its own: %v", err)
		}
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); !interrupted || cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("interrupted is %v, %v", interrupted, err)
	}
	if left, err := os.ReadDir(h.Temp); err != nil || len(left) != 0 {
		t.Errorf("the demo left %v, %v", left, err)
	}
}
