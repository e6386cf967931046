//go:build linux

package windows

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestPackages runs the tests of packages that do something else on Windows than
// elsewhere: those tests that need no program of POSIX and no git.
func TestPackages(t *testing.T) {
	w := newWine(t)
	for name, run := range map[string]string{
		"helper":                                "TestOpenShares|TestShells|TestEditCommand",
		"helper/host":                           ".",
		"helper/wire":                           ".",
		"helper/trust":                          ".",
		"helper/mint":                           "TestDetach",
		"keystore":                              "TestCredentialManager",
		"cmd/credential-iam/internal/files":     "TestHeld",
		"cmd/credential-iam/internal/gitconfig": "TestHome|TestProgram|TestOurs|TestMatches",
	} {
		t.Run(name, func(t *testing.T) {
			inner := *w
			inner.t = t
			program := filepath.Join(w.prefix, "drive_c", filepath.Base(name)+"_test.exe")
			inner.build("test", "-c", "-o", program, "./"+name)
			out, log, code := inner.run(`C:\`+filepath.Base(program), "", "-test.v", "-test.timeout=5m", "-test.run="+run)
			if code != 0 || !strings.Contains(out, "--- PASS") {
				t.Errorf("exit %d\n%s%s", code, out, log)
			}
		})
	}
}
