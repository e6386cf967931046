//go:build linux

package machine

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// TestKeyringAtOnce: the kernel keyring of a new machine's user can be used at once.
func TestKeyringAtOnce(t *testing.T) {
	parts.Root(t)
	bin := t.TempDir()
	for _, name := range []string{string(Docker), string(Git), Core} {
		if err := os.WriteFile(bin+"/"+name, nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range 50 {
		m := New(t, Options{Bin: bin})
		err := m.As(func() error {
			_, err := unix.KeyctlInt(unix.KEYCTL_READ, unix.KEY_SPEC_USER_KEYRING, 0, 0, 0)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
