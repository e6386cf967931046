package keystore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// storeDir is where buildStore built, for TestMain to remove.
var storeDir atomic.Pointer[string]

// buildStore builds testdata/store once, statically: it also runs in containers
// and as other users.
var buildStore = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return "", err
	}
	storeDir.Store(&dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir, "./testdata/store")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir := storeDir.Load(); dir != nil {
		_ = os.RemoveAll(*dir)
	}
	os.Exit(code)
}

// storeProgram returns the path of testdata/store.
func storeProgram(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("go is not installed")
	}
	dir, err := buildStore()
	must(t, err)
	return filepath.Join(dir, "store")
}

// ran is what a program printed: one line for each step.
type ran string

// steps returns the results of all steps of a name.
func (r ran) steps(name string) []string {
	var found []string
	for line := range strings.Lines(string(r)) {
		if v, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), name+": "); ok {
			found = append(found, v)
		}
	}
	return found
}

// step returns the result of the first step of a name.
func (r ran) step(name string) string {
	if all := r.steps(name); len(all) > 0 {
		return all[0]
	}
	return "(nothing)"
}

// run runs a program to its end, in at most a minute.
func run(t *testing.T, cmd *exec.Cmd) ran {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	timer := time.AfterFunc(time.Minute, func() {
		if cmd.Process != nil {
			_ = cmd.Process.Kill()
		}
	})
	defer timer.Stop()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out.String(), errs.String())
	}
	return ran(out.String())
}

// hold runs a program until it prints "ready", and returns what it printed before. It
// then waits for the end of its standard input: finish has it go on to its end, and
// returns the rest. An error says that it ended early.
func hold(t *testing.T, cmd *exec.Cmd) (before ran, finish func() ran, err error) {
	t.Helper()
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	must(t, cmd.Start())
	timer := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	finish = sync.OnceValue(func() ran {
		defer timer.Stop()
		_ = in.Close()
		rest, _ := io.ReadAll(out)
		_ = cmd.Wait()
		return ran(rest)
	})
	for one := make([]byte, 1); !strings.HasSuffix(string(before), "ready: \n"); before += ran(one) {
		if _, err := out.Read(one); err != nil {
			finish()
			return before, finish, fmt.Errorf("%s: %w\n%s%s", cmd, err, before, errs.String())
		}
	}
	return before, finish, nil
}

// asUser makes cmd run as another user and group.
func asUser(cmd *exec.Cmd, uid int) *exec.Cmd {
	id := uint32(uid) //nolint:gosec // a small number
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: id, Gid: id}}
	cmd.Dir = "/"
	return cmd
}

// inSession calls f on a thread that has joined a new anonymous session keyring,
// so that what f starts inherits it. The thread ends with it.
func inSession(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread is thrown away
		if _, err := unix.KeyctlInt(unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0, 0, 0); err != nil {
			done <- err
			return
		}
		f()
	}()
	if err := <-done; err != nil {
		t.Skipf("no session keyrings here: %v", err)
	}
}

// again runs the calling test once more in a new process with an environment of
// its own, and reports whether this is that process. prepare runs the process.
func again(t *testing.T, env []string, prepare func(run func())) bool {
	t.Helper()
	const marker = "TEST_AGAIN"
	if os.Getenv(marker) == t.Name() {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.CommandContext(ctx, exe, "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.v", "-test.count=1")
	cmd.Env = append(append(os.Environ(), env...), marker+"="+t.Name())
	prepare(func() {
		out, err := cmd.CombinedOutput()
		switch text := string(out); {
		case err != nil || !strings.Contains(text, "--- PASS: "+t.Name()) && !strings.Contains(text, "--- SKIP: "+t.Name()):
			t.Errorf("%v\n%s", err, text)
		case strings.Contains(text, "--- SKIP: "+t.Name()):
			t.Skipf("in a process of its own: %s", text)
		}
	})
	return false
}
