package trust

import (
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestAsUser is TestOwners for somebody who is not root, and has a group of the same
// number: daemon, whom every system has.
func TestAsUser(t *testing.T) {
	const daemon = 1
	groups, err := os.ReadFile("/etc/group")
	if os.Geteuid() != 0 || err != nil || !aloneIn(string(groups), daemon) {
		t.Skip("only root may be somebody else, who has to have a group of his own")
	}
	runtime.LockOSThread() // and never given back: the thread ends with the test
	if _, _, no := unix.RawSyscall(unix.SYS_SETRESUID, ^uintptr(0), daemon, ^uintptr(0)); no != 0 {
		t.Skip(no)
	}
	for _, c := range []struct {
		name        string
		file        found
		ours, admin bool
	}{
		{"root's", found{mode: 0o755}, true, true},
		{"the user's", found{mode: 0o755, uid: daemon, gid: daemon}, true, false},
		{"the user's, of the user's group that writes", found{mode: 0o775, uid: daemon, gid: daemon}, true, false},
		{"the user's, of another group that writes", found{mode: 0o775, uid: daemon, gid: 2}, false, false},
		{"root's, of the user's group that writes", found{mode: 0o775, gid: daemon}, false, false},
		{"the user's, everybody's", found{mode: 0o777, uid: daemon, gid: daemon}, false, false},
		{"another's", found{mode: 0o755, uid: 2, gid: 2}, false, false},
	} {
		for who, want := range map[Who]bool{Ours: c.ours, Admin: c.admin} {
			if e := Check("/file", c.file, who); (e == nil) != want {
				t.Errorf("%s: who %d: %v, want trust %v", c.name, who, e, want)
			}
		}
	}
}
