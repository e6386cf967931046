package keystoretest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The user ids that tests take. A container that maps few ids has these.
const firstID, lastID = 40000, 60000

// collected is how long the kernel may take to collect the keyrings of a user.
const collected = 5 * time.Second

// User returns a user id that no other test has, in this process or another, until
// the test ends: who has it has a kernel keyring, a quota and folders that nobody
// else uses, and that it may fill and empty. Only root can become that user. When
// the test ends, the kernel forgets the user's keyrings with all that is in them.
//
// An abstract socket is the claim, which ends with the process at the latest. An id
// that the kernel knows was taken before, by a test that was killed or is just over:
// it is taken when there is no other, once the kernel has collected what it had.
func User(t testing.TB) int {
	t.Helper()
	return userOf(t, firstID, lastID)
}

// userOf returns a user id of first and more, under last.
func userOf(t testing.TB, first, last int) int {
	t.Helper()
	known, start := knownUsers(t), rand.IntN(last-first)
	for _, again := range []bool{false, true} {
		for n := range last - first {
			uid := first + (start+n)%(last-first)
			if known[uid] != again {
				continue
			}
			if _, err := user.LookupId(strconv.Itoa(uid)); err == nil {
				continue // a person's
			}
			claim, err := net.Listen("unix", "@credential-iam-test-user-"+strconv.Itoa(uid))
			if err != nil {
				continue
			}
			if again && !forgotten(t, uid) {
				_ = claim.Close()
				continue
			}
			t.Cleanup(func() {
				if os.Geteuid() == 0 {
					_ = As(uid, forget)
				}
				_ = claim.Close()
			})
			return uid
		}
	}
	t.Fatalf("no free user id of %d to %d", first, last-1)
	return 0
}

// As runs f as another user, on a thread that is not used for anything else
// afterwards. Goroutines that f starts run as the test's own user.
func As(uid int, f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		for _, call := range []uintptr{unix.SYS_SETRESGID, unix.SYS_SETRESUID} {
			// The raw call changes this thread only; package syscall's changes all.
			if _, _, errno := syscall.RawSyscall(call, uintptr(uid), uintptr(uid), uintptr(uid)); errno != 0 {
				done <- fmt.Errorf("become user %d: %w", uid, errno)
				return
			}
		}
		done <- f()
	}()
	return <-done
}

// forget removes the keyrings that the kernel keeps for the user that calls it. It
// keeps both for good, and makes them anew when one is looked up by its role: so
// both are looked up first.
func forget() error {
	var ids [2]int
	for i, role := range []int{unix.KEY_SPEC_USER_SESSION_KEYRING, unix.KEY_SPEC_USER_KEYRING} {
		id, err := unix.KeyctlGetKeyringID(role, true)
		if err != nil {
			return err
		}
		ids[i] = id
	}
	var failed error
	for _, id := range ids {
		_, err := unix.KeyctlInt(unix.KEYCTL_INVALIDATE, id, 0, 0, 0)
		failed = errors.Join(failed, err)
	}
	return failed
}

// forgotten makes the kernel forget a user and reports whether it did.
func forgotten(t testing.TB, uid int) bool {
	t.Helper()
	if os.Geteuid() != 0 || As(uid, forget) != nil {
		return false
	}
	for end := time.Now().Add(collected); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if !knownUsers(t)[uid] {
			return true
		}
	}
	return false
}

// knownUsers returns the users that have keys in the kernel.
func knownUsers(t testing.TB) map[int]bool {
	t.Helper()
	known := map[int]bool{}
	b, err := os.ReadFile("/proc/key-users")
	if errors.Is(err, os.ErrNotExist) {
		return known // a kernel without keys
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		id, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		if uid, err := strconv.Atoi(id); err == nil {
			known[uid] = true
		}
	}
	return known
}
