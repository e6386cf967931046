//go:build linux

package machine

import "context"

// Purge runs "credential-iam purge" as the machine's user, and returns what it printed.
//
// It deletes every token of the user in every keystore. So only a machine whose user
// is its own can do it: elsewhere those are the tokens of the person who runs the
// tests, and of other tests that run at the same time, and the test is skipped.
// TestPurge of cmd/internal/layers sees to it that no test purges otherwise.
func (m *Machine) Purge() string {
	m.t.Helper()
	if !m.Isolated {
		m.t.Skip("purge would delete the tokens of whoever runs the tests: only root has a user id to spare")
	}
	out, err := m.Command(context.Background(), Core, "purge", "").Output()
	if err != nil {
		m.t.Errorf("purge: %v\n%s", err, out)
	}
	return string(out)
}
