//go:build linux

package faults

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// limited runs the machine's programs with a limit of their own.
func limited(t *testing.T, m *machine.Machine, limit string) func(args []string) []string {
	t.Helper()
	var wrap []string
	if m.Isolated {
		uid := strconv.Itoa(m.UID)
		wrap = []string{"setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--"}
	}
	wrap = append(wrap, "prlimit", limit, "--")
	for _, program := range []string{wrap[0], "prlimit"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	return func(args []string) []string { return append(wrap[:len(wrap):len(wrap)], args...) }
}

// TestFewOpenFiles: who may open hardly any files gets a token or the usual line,
// never a trace of Go's runtime.
func TestFewOpenFiles(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"kernel", "tmpfs", "none"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t, machine.Options{Keystore: store})
			if store == "kernel" && !m.Isolated {
				t.Skip("the kernel keyring is not this machine's own")
			}
			for limit := 4; limit <= 20; limit++ {
				wrap := limited(t, m, fmt.Sprintf("--nofile=%d", limit))
				for _, c := range clients() {
					m.Forget()
					m.Wrap = wrap
					cold := m.Ask(c, "get")
					m.Wrap = nil
					wantToken(t, m, m.Ask(c, "get"))
					m.Wrap = wrap
					warm := m.Ask(c, "get")
					erase := m.Ask(c, "erase")
					m.Wrap = nil
					for _, a := range []machine.Answer{cold, warm} {
						if a.Code != 0 {
							wantFailure(t, a)
						} else {
							wantToken(t, m, a)
						}
					}
					if limit >= 20 && cold.Code+warm.Code != 0 {
						t.Errorf("%s: %q, then %q", c, cold.Stdout+cold.Stderr, warm.Stdout+warm.Stderr)
					}
					if erase.Code > 1 || erase.Killed || strings.Contains(erase.Stdout+erase.Stderr, "goroutine") {
						t.Errorf("erase: exit code %d, %q", erase.Code, erase.Stdout+erase.Stderr)
					}
					if t.Failed() {
						t.Fatalf("%s, %d open files", c, limit)
					}
				}
			}
		})
	}
}
