package keystore_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

func TestLocks(t *testing.T) {
	l := keystore.Locks{Dir: t.TempDir()}
	release, ok, err := l.TryLock("v1/a/b/c")
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, ok, err := l.TryLock("v1/a/b/c"); ok || err != nil {
		t.Errorf("a second lock: %v, %v", ok, err)
	}
	other, ok, err := l.TryLock("v1/a/b/d")
	if !ok || err != nil {
		t.Errorf("another key's lock: %v, %v", ok, err)
	} else {
		other()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := l.Lock(ctx, "v1/a/b/c"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait: %v", err)
	}
	if d := time.Since(start); d < 50*time.Millisecond || d > time.Minute {
		t.Errorf("the wait took %v", d)
	}
	release()
	again, err := l.Lock(context.Background(), "v1/a/b/c")
	if err != nil {
		t.Fatal(err)
	}
	again()
	if files, err := os.ReadDir(l.Dir); err != nil || len(files) != 0 {
		t.Errorf("left are %v, %v, want nothing", files, err)
	}
	if _, _, err := (keystore.Locks{}).TryLock("x"); err == nil {
		t.Error("locks without a folder")
	}
}

// Any number share, or one excludes.
func TestLocksShare(t *testing.T) {
	l, ctx := keystore.Locks{Dir: t.TempDir()}, context.Background()
	soon, cancel := context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	first, err := l.Share(ctx)
	must(t, err)
	second, err := l.Share(ctx)
	must(t, err)
	first()
	if _, err := l.Exclude(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one excludes who shares: %v", err)
	}
	second()
	only, err := l.Exclude(ctx)
	must(t, err)
	soon, cancel = context.WithTimeout(ctx, 30*time.Millisecond)
	defer cancel()
	if _, err := l.Share(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one shares with who excludes: %v", err)
	}
	if release, ok, err := l.TryLock("v1/a/b/c"); !ok || err != nil {
		t.Errorf("a key's lock stands back for it: %v", err)
	} else {
		release()
	}
	only()
}

func TestLocksExclude(t *testing.T) {
	l := keystore.Locks{Dir: t.TempDir()}
	var inside atomic.Int32
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			release, err := l.Lock(context.Background(), "k")
			if err != nil {
				t.Error(err)
				return
			}
			if inside.Add(1) != 1 {
				t.Error("two hold the lock")
			}
			time.Sleep(time.Millisecond)
			inside.Add(-1)
			release()
		})
	}
	wg.Wait()
}

// child runs the calling test again in a process that finds job in TEST_JOB.
func child(t *testing.T, job string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	must(t, err)
	cmd := exec.Command(exe, "-test.run=^"+regexp.QuoteMeta(t.Name())+"$", "-test.count=1")
	cmd.Env = append(os.Environ(), "TEST_JOB="+job)
	return cmd
}

// Killing the holder strands nobody.
func TestLocksKilled(t *testing.T) {
	if dir := os.Getenv("TEST_JOB"); dir != "" {
		if _, err := (keystore.Locks{Dir: dir}).Lock(context.Background(), "k"); err != nil {
			t.Fatal(err)
		}
		must(t, os.WriteFile(filepath.Join(dir, "held"), nil, 0o600))
		_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed, or the test ends
		return
	}
	dir := t.TempDir()
	l := keystore.Locks{Dir: dir}
	cmd := child(t, dir)
	_, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(dir, "held")); err == nil {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the child holds nothing")
		}
	}
	if _, ok, _ := l.TryLock("k"); ok {
		t.Fatal("two processes hold the lock")
	}
	must(t, cmd.Process.Kill())
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	release, err := l.Lock(ctx, "k")
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestOpenLocks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("%LOCALAPPDATA% is always the user's")
	}
	runtimeDir := t.TempDir()
	t.Chdir(filepath.Dir(runtimeDir))
	world := func(dir string) func(string) string {
		return env(map[string]string{"XDG_RUNTIME_DIR": dir, "HOME": "/nonexistent", "TMPDIR": "/nonexistent"})
	}
	at := func(dir string) (keystore.Locks, error) { return keystore.OpenLocks(world(dir)) }
	l, err := at(runtimeDir)
	if err != nil || l.Dir != filepath.Join(runtimeDir, "credential-iam") {
		t.Fatalf("got %q, %v", l.Dir, err)
	}
	if st, err := os.Lstat(l.Dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("mode %v", st.Mode())
	}
	ours := l.Dir
	bad := map[string]func(){
		"relative": func() {},
		"open":     func() { must(t, os.Chmod(ours, 0o755)) },
		"link": func() {
			must(t, os.Remove(ours))
			private := t.TempDir() // as good as ours, but for the link
			must(t, os.Chmod(private, 0o700))
			must(t, os.Symlink(private, ours))
		},
		"file": func() {
			must(t, os.Remove(ours))
			must(t, os.WriteFile(ours, nil, 0o600))
		},
	}
	for _, name := range []string{"relative", "open", "link", "file"} {
		bad[name]()
		dir := runtimeDir
		if name == "relative" {
			dir = filepath.Base(runtimeDir)
		}
		if l, err := at(dir); err == nil && (l.Dir == ours || !strings.Contains(l.Dir, "credential-iam-")) {
			t.Errorf("%s: the locks are in %q", name, l.Dir)
		}
		// Nor does a purge take locks there.
		if slices.ContainsFunc(keystore.AllLocks(world(dir)), func(l keystore.Locks) bool { return l.Dir == ours || !filepath.IsAbs(l.Dir) }) {
			t.Errorf("%s: %q is among all locks", name, ours)
		}
	}
	open := filepath.Join(t.TempDir(), "open")
	must(t, os.Mkdir(open, 0o700))
	must(t, os.Chmod(open, 0o777))
	if l, err := at(open); err == nil && strings.HasPrefix(l.Dir, open) {
		t.Errorf("a runtime folder that others write to: %q", l.Dir)
	}
}
