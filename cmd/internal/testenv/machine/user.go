//go:build linux

package machine

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// As runs f as the machine's user, on a thread that is not used for anything
// else afterwards. Goroutines that f starts run as the test's own user.
func (m *Machine) As(f func() error) error {
	if !m.Isolated {
		return f()
	}
	return keystoretest.As(m.UID, f)
}

// FillKernelQuota leaves the machine's user no room in the kernel keyring.
func (m *Machine) FillKernelQuota() {
	m.t.Helper()
	if !m.Isolated {
		m.t.Skip("only root has a user id to spare whose kernel keyring may be filled")
	}
	err := m.As(func() error {
		for size, n := 2048, 0; size > 0; n++ {
			_, err := unix.AddKey("user", "filler-"+strconv.Itoa(n), make([]byte, size), unix.KEY_SPEC_USER_KEYRING)
			switch {
			case errors.Is(err, unix.EDQUOT):
				size /= 2
			case err != nil:
				return err
			}
		}
		return nil
	})
	if err != nil {
		m.t.Fatalf("the kernel keyring cannot be filled: %v", err)
	}
}
