// Package parts tells a test which real programs it may count on.
//
// A test that drives docker, a keyring or a container skips where the machine
// has none, and says why. A skip that nobody reads hides a broken test, though:
// where the machine was prepared (make test on Debian as root, which sets
// CREDENTIAL_IAM_TEST_ALL=1), what would be a skip is a failure.
//
// It imports nothing of ours, so that every test may import it. It installs and
// starts nothing.
package parts

import (
	"os"
	"os/exec"
	"testing"
)

// Everything is the environment variable that turns skips into failures.
const Everything = "CREDENTIAL_IAM_TEST_ALL"

// Missing ends a test that cannot run for want of something on this machine: it
// skips, or fails where everything must be there. The format says what is
// missing.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(Everything) == "1" {
		t.Fatalf("missing here, though "+Everything+"=1: "+format, args...)
	}
	t.Skipf(format, args...)
}

// Program returns the path of a program, or ends the test as [Missing] does.
func Program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "no %s on the PATH", name)
	}
	return path
}

// Root ends the test as [Missing] does unless it runs as root.
func Root(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		Missing(t, "not root")
	}
}
