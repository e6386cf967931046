package keystore_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// After Harden the process has no core dumps and is not dumpable, and what the
// programs need of /proc/self still works, for an ordinary user too.
func TestHarden(t *testing.T) {
	if os.Getenv("TEST_JOB") == "harden" {
		var r unix.Rlimit
		must(t, unix.Getrlimit(unix.RLIMIT_CORE, &r))
		r.Cur = r.Max // dumps are on, where they can be
		must(t, unix.Setrlimit(unix.RLIMIT_CORE, &r))
		keystore.Harden()
		must(t, unix.Getrlimit(unix.RLIMIT_CORE, &r))
		dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
		if r.Cur != 0 || dumpable != 0 || err != nil {
			t.Errorf("core limit %d, dumpable %d, %v", r.Cur, dumpable, err)
		}
		if b, err := os.ReadFile("/proc/self/uid_map"); err != nil || len(b) == 0 {
			t.Errorf("uid_map: %v", err)
		}
		if st, err := os.Stat("/proc/self/ns/pid"); err != nil || st.Sys().(*syscall.Stat_t).Ino == 0 {
			t.Errorf("process id namespace: %v", err)
		}
		if _, err := os.Readlink("/proc/self/exe"); err != nil {
			t.Errorf("exe: %v", err)
		}
		if b, err := os.ReadFile("/proc/keys"); err != nil {
			t.Logf("keys: %d, %v", len(b), err)
		}
		if out, err := exec.Command("/bin/sh", "-c", "echo ok").Output(); err != nil || string(out) != "ok\n" {
			t.Errorf("a child: %s %v", out, err)
		}
		return
	}
	cmd := child(t, "harden")
	if os.Geteuid() == 0 {
		dir, err := os.MkdirTemp("", "harden")
		must(t, err)
		defer os.RemoveAll(dir)
		must(t, os.Chmod(dir, 0o755))
		b, err := os.ReadFile(cmd.Path)
		must(t, err)
		cmd.Path = filepath.Join(dir, "test")
		must(t, os.WriteFile(cmd.Path, b, 0o755))
		asUser(cmd, keystoretest.User(t))
	}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "PASS") {
		t.Errorf("%v\n%s", err, out)
	}
}
