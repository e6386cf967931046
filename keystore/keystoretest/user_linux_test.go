package keystoretest

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A range of two ids that no other test takes users of.
const testFirst, testLast = lastID, lastID + 2

// leave puts a key into the keyring of a user and returns how many there are.
func leave(t *testing.T, uid int) int {
	t.Helper()
	var n int
	err := As(uid, func() error {
		// What has no session keyring of its own uses the user's.
		if _, err := unix.KeyctlInt(unix.KEYCTL_READ, unix.KEY_SPEC_USER_SESSION_KEYRING, 0, 0, 0); err != nil {
			return err
		}
		if _, err := unix.AddKey("user", "left", []byte("x"), unix.KEY_SPEC_USER_KEYRING); err != nil {
			return err
		}
		bytes, err := unix.KeyctlInt(unix.KEYCTL_READ, unix.KEY_SPEC_USER_KEYRING, 0, 0, 0)
		n = bytes / 4
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The kernel knows a user no longer when the test is over: ids would run out.
func TestUserForgotten(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	var uid int
	t.Run("use", func(t *testing.T) {
		uid = userOf(t, testFirst, testLast)
		leave(t, uid)
		if !knownUsers(t)[uid] {
			t.Errorf("the kernel does not know user %d", uid)
		}
	})
	for end := time.Now().Add(bound); knownUsers(t)[uid]; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the kernel still knows user %d", uid)
		}
	}
}

// An id that a killed test left is taken again, without what is in its keyring; one
// that a test still has is not.
func TestUserAgain(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	for uid := testFirst; uid < testLast; uid++ {
		leave(t, uid)
	}
	first, second := userOf(t, testFirst, testLast), userOf(t, testFirst, testLast)
	if first == second {
		t.Errorf("user %d was given twice", first)
	}
	for _, uid := range []int{first, second} {
		if n := leave(t, uid); n != 1 {
			t.Errorf("user %d has %d keys, want the one", uid, n)
		}
	}
}
