package keystoretest

import (
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
)

// The user ids that tests take. A container that maps few ids has these.
const firstID, lastID = 40000, 60000

// User returns a user id that no other test has, in this process or another, until
// the test ends: who has it has a kernel keyring, a quota and folders that nobody
// else uses, and that it may fill and empty. Only root can become that user.
//
// An abstract socket is the claim, which ends with the process at the latest. An id
// that the kernel knows was taken before: its keys are freed some time later, and a
// keyring that was invalidated cannot be used again.
func User(t testing.TB) int {
	t.Helper()
	known := map[string]bool{}
	if b, err := os.ReadFile("/proc/key-users"); err == nil {
		for line := range strings.Lines(string(b)) {
			uid, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			known[uid] = true
		}
	}
	start := rand.IntN(lastID - firstID)
	for n := range lastID - firstID {
		uid := firstID + (start+n)%(lastID-firstID)
		if known[strconv.Itoa(uid)] {
			continue
		}
		claim, err := net.Listen("unix", "@credential-iam-test-user-"+strconv.Itoa(uid))
		if err == nil {
			t.Cleanup(func() { _ = claim.Close() })
			return uid
		}
	}
	t.Fatal("no free user id")
	return 0
}
