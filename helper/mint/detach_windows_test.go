package mint

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// TestDetach runs itself as the renewal is run: with a console, so that the system opens
// none for what it runs, and without a window.
func TestDetach(t *testing.T) {
	const variable = "DETACH_TEST_REPLY"
	if reply := os.Getenv(variable); reply != "" {
		kernel := windows.NewLazySystemDLL("kernel32.dll")
		console, _, _ := kernel.NewProc("GetConsoleCP").Call()
		window, _, _ := kernel.NewProc("GetConsoleWindow").Call()
		if err := os.WriteFile(reply, fmt.Appendf(nil, "console %t, window %t", console != 0, window != 0), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	reply := filepath.Join(t.TempDir(), "reply")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDetach$")
	cmd.Env = append(os.Environ(), variable+"="+reply)
	detach(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got, err := os.ReadFile(reply); err != nil || string(got) != "console true, window false" {
		t.Errorf("%s (%v)", got, err)
	}
}
