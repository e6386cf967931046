//go:build linux

package faults

import (
	"os/exec"
	"strconv"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// straceProgram runs programs under strace, as root: the programs shut other
// tracers out.
type straceProgram struct{ path string }

// tracer finds strace, or ends the test.
func tracer(t *testing.T) straceProgram {
	t.Helper()
	parts.Root(t)
	parts.Program(t, "setpriv")
	s := straceProgram{parts.Program(t, "strace")}
	if out, err := exec.Command(s.path, "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		parts.Missing(t, "strace cannot trace here: %s", out)
	}
	return s
}

// wrap has the machine's programs run under strace, with its output in file.
func (s straceProgram) wrap(m *machine.Machine, file string, options ...string) {
	uid := strconv.Itoa(m.UID)
	m.Wrap = func(args []string) []string {
		all := append([]string{s.path, "-o", file}, options...)
		return append(append(all, "--", "setpriv", "--reuid="+uid, "--regid="+uid, "--clear-groups", "--"), args...)
	}
}
