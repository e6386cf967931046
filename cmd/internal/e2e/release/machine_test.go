//go:build linux

package release

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/cmd/internal/testenv/parts"
)

// empty is a machine that has busybox and nothing else.
type empty struct {
	t    *testing.T
	root string
	env  []string
	// spent is the processor's time of what was run: unlike a clock's, that of a busy
	// machine too.
	spent time.Duration
}

// newEmpty makes one. It has /proc, /dev/shm and a null device.
func newEmpty(t *testing.T) *empty {
	t.Helper()
	parts.Root(t)
	busybox := parts.Program(t, "busybox")
	m := &empty{t: t, root: t.TempDir(), env: []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "CREDENTIAL_IAM_NO_TESTS=1"}}
	for _, dir := range []string{"bin", "dev", "etc", "root", "tmp", "usr/bin", "usr/local/bin", "release"} {
		check(t, os.MkdirAll(filepath.Join(m.root, dir), 0o755))
	}
	check(t, os.Chmod(filepath.Join(m.root, "tmp"), 0o1777))
	b, err := os.ReadFile(busybox)
	check(t, err)
	check(t, testenv.WriteProgram(filepath.Join(m.root, "bin/busybox"), b))
	list, err := exec.Command(busybox, "--list").Output()
	check(t, err)
	for name := range strings.FieldsSeq(string(list)) {
		if name != "busybox" {
			check(t, os.Symlink("busybox", filepath.Join(m.root, "bin", name)))
		}
	}
	m.mount()
	return m
}

// mount gives it what a machine has that is on no disk.
func (m *empty) mount() {
	t := m.t
	t.Helper()
	if err := syscall.Mknod(filepath.Join(m.root, "dev/null"), syscall.S_IFCHR|0o666, 1<<8|3); err != nil && !errors.Is(err, syscall.EEXIST) {
		parts.Missing(t, "no device can be made here: %v", err)
	}
	for _, system := range []struct{ kind, at string }{{"proc", "proc"}, {"tmpfs", "dev/shm"}} {
		at := filepath.Join(m.root, system.at)
		check(t, os.MkdirAll(at, 0o755))
		if err := syscall.Mount(system.kind, at, system.kind, 0, ""); err != nil {
			parts.Missing(t, "no /%s can be mounted here: %v", system.at, err)
		}
		t.Cleanup(func() { check(t, syscall.Unmount(at, syscall.MNT_DETACH)) })
	}
}

// run runs a line of sh in it.
func (m *empty) run(line, stdin string) (stdout, stderr string, code int) {
	m.t.Helper()
	var out, log strings.Builder
	cmd := exec.CommandContext(m.t.Context(), "/bin/sh", "-c", line)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: m.root}
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = "/", m.env, strings.NewReader(stdin), &out, &log
	err := cmd.Run()
	m.spent += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	return out.String(), log.String(), cmd.ProcessState.ExitCode()
}

// must runs a line that has to succeed.
func (m *empty) must(line, stdin string) string {
	m.t.Helper()
	out, log, code := m.run(line, stdin)
	if code != 0 {
		m.t.Fatalf("%s: exit %d\n%s%s", line, code, out, log)
	}
	return out
}

// put copies files into it.
func (m *empty) put(dir string, files ...string) {
	m.t.Helper()
	for _, file := range files {
		b, err := os.ReadFile(file)
		check(m.t, err)
		check(m.t, os.MkdirAll(filepath.Join(m.root, dir), 0o755))
		check(m.t, testenv.WriteProgram(filepath.Join(m.root, dir, filepath.Base(file)), b))
	}
}

// files lists what of ours is in it.
func (m *empty) files() []string {
	m.t.Helper()
	return strings.Fields(m.must(`find / -path /proc -prune -o -path /dev -prune -o -name '*credential*iam*' -print`, ""))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
