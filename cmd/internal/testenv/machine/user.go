//go:build linux

package machine

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// As runs f as the machine's user, on a thread that is not used for anything
// else afterwards. Goroutines that f starts run as the test's own user.
func (m *Machine) As(f func() error) error {
	if !m.Isolated {
		return f()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} {
			// The raw call changes this thread only; package syscall's changes all.
			if _, _, errno := syscall.RawSyscall(call, uintptr(m.UID), uintptr(m.UID), uintptr(m.UID)); errno != 0 {
				done <- fmt.Errorf("become user %d: %w", m.UID, errno)
				return
			}
		}
		done <- f()
	}()
	return <-done
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

// clearKernel removes the kernel keyring of the machine's own user with all that
// is in it, at the machine's end: until the kernel has collected it, some
// milliseconds later, every use of it fails, and a new one is not made.
func (m *Machine) clearKernel() {
	if m.Isolated {
		_ = m.As(func() error {
			_, err := unix.KeyctlInt(unix.KEYCTL_INVALIDATE, unix.KEY_SPEC_USER_KEYRING, 0, 0, 0)
			return err
		})
	}
}
