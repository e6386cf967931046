//go:build linux

package faults

import (
	"context"
	"strings"
	"testing"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/machine"
)

// purge runs "credential-iam purge" and returns what it printed.
func purge(t *testing.T, m *machine.Machine) string {
	t.Helper()
	out, err := m.Command(context.Background(), machine.Core, "purge", "").Output()
	if err != nil {
		t.Errorf("purge: %v\n%s", err, out)
	}
	return string(out)
}

// TestPurgeFindsAll: who purges from cron, say, where no runtime folder is named,
// leaves nothing in a memory file system either.
func TestPurgeFindsAll(t *testing.T) {
	t.Parallel()
	m := newMachine(t, machine.Options{Keystore: "tmpfs"})
	wantToken(t, m, m.Ask(machine.Docker, "get"))
	dir := m.Env["XDG_RUNTIME_DIR"]
	delete(m.Env, "XDG_RUNTIME_DIR")
	out := purge(t, m)
	m.Env["XDG_RUNTIME_DIR"] = dir
	if m.Cached() != "" || !strings.Contains(out, "tmpfs: 2 tokens") { // the source's too
		t.Errorf("cached: %v, and purge said\n%s", m.Cached() != "", out)
	}
}
