package keystore_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// asOrdinary runs the calling test in a process of its own, as a user with the
// kernel's quota for ordinary users and a session of that one's own, and reports
// whether this is that process.
func asOrdinary(t *testing.T) bool {
	t.Helper()
	if os.Getenv("TEST_JOB") == "ordinary" {
		return true
	}
	openKernel(t)
	if os.Geteuid() != 0 {
		t.Skip("needs root, to be a user without keys")
	}
	if b, err := os.ReadFile("/proc/sys/kernel/keys/maxbytes"); err != nil || strings.TrimSpace(string(b)) != "20000" {
		t.Skip("another quota")
	}
	uid := keystoretest.User(t)
	dir, err := os.MkdirTemp("", "ordinary")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.Chown(dir, uid, uid))
	must(t, os.Chmod(dir, 0o755))
	cmd := child(t, "ordinary")
	b, err := os.ReadFile(cmd.Path)
	must(t, err)
	cmd.Path = filepath.Join(dir, "test")
	must(t, os.WriteFile(cmd.Path, b, 0o755))
	cmd.Env = append(cmd.Env, "TMPDIR="+dir, "HOME="+dir)
	cmd = named(t, cmd, uid)
	inSession(t, func() {
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "SKIP") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	return false
}

// named lets a user that cmd becomes have a name, which a session bus wants to know:
// in a list of users that cmd alone sees.
func named(t *testing.T, cmd *exec.Cmd, uid int) *exec.Cmd {
	t.Helper()
	for _, program := range []string{"unshare", "mount", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s here", program)
		}
	}
	users := filepath.Join(filepath.Dir(cmd.Path), "passwd")
	list, err := os.ReadFile("/etc/passwd")
	must(t, err)
	must(t, os.WriteFile(users, fmt.Appendf(list, "ordinary:x:%d:%d::/:/bin/sh\n", uid, uid), 0o644))
	id := strconv.Itoa(uid)
	const script = `mount --bind "$1" /etc/passwd && exec setpriv --reuid="$2" --regid="$2" --clear-groups -- "$3" "$4" "$5"`
	args := append([]string{"-m", "--", "sh", "-c", script, "sh", users, id, cmd.Path}, cmd.Args[1:]...)
	other := exec.Command("unshare", args...)
	other.Env, other.Dir = cmd.Env, "/"
	return other
}

// What the kernel's keyring is too full for goes to the desktop's, where it is found
// again and forgotten; without one it is not kept, and the limit is named.
func TestAutoSpills(t *testing.T) {
	t.Parallel()
	if !asOrdinary(t) {
		return
	}
	s := keystoretest.StartBus(t)
	s.StartKeyring(t, true)
	ctx := context.Background()
	dir := t.TempDir()
	open := func(bus string, patience time.Duration) keystore.Choice {
		vars := map[string]string{"DBUS_SESSION_BUS_ADDRESS": bus, "XDG_RUNTIME_DIR": dir}
		c, err := keystore.Open(ctx, "auto", keystore.Options{Getenv: env(vars), Now: time.Now, Patience: patience})
		must(t, err)
		if c.Name() != "kernel" {
			t.Fatalf("auto is %s (%s)", c.Name(), c.Why)
		}
		return c
	}
	with, without := open(s.Address, time.Minute), open("unix:path=/nonexistent", 0)
	t.Cleanup(func() { _, _ = keystore.Purge(ctx, without) })
	if why, limit := with.Full(ctx); limit != nil {
		t.Fatalf("at first it is %s", why)
	}
	const tokens = 30
	key := func(i int) keystore.Key { return keystore.Key(fmt.Sprint("v1/access/spill/", i)) }
	secret := func(i int) string { return fmt.Sprint(i, strings.Repeat("x", 900)) }
	for i := range tokens {
		must(t, with.Put(ctx, key(i), fresh(secret(i), time.Hour)))
	}
	inKernel := 0
	for i := range tokens {
		if e, err := with.Get(ctx, key(i)); err != nil || e.Secret.Reveal() != secret(i) {
			t.Errorf("entry %d: %v", i, err)
		}
		if _, err := without.Get(ctx, key(i)); err == nil {
			inKernel++
		}
	}
	if inKernel < 5 || inKernel > 22 {
		t.Errorf("%d of %d are in the kernel's keyring", inKernel, tokens)
	}
	if keys, err := with.List(ctx); err != nil || len(keys) != tokens {
		t.Errorf("List: %d, %v", len(keys), err)
	}
	wantFull(t, with, "goes to the keyring")
	wantFull(t, without, "is not cached (keyring: ")
	if err := without.Put(ctx, key(tokens), fresh(secret(tokens), time.Minute)); !errors.Is(err, keystore.ErrQuota) || !strings.Contains(err.Error(), "keyring: ") {
		t.Errorf("without a keyring: %v", err)
	}
	// The token that replaces one is the one that is found, and what is forgotten is
	// forgotten in both.
	must(t, with.Put(ctx, key(0), fresh(secret(0)+strings.Repeat("y", 1200), time.Minute)))
	if e, err := with.Get(ctx, key(0)); err != nil || !strings.HasSuffix(e.Secret.Reveal(), "y") {
		t.Errorf("a replaced entry: %v", err)
	}
	for i := range tokens {
		must(t, with.Delete(ctx, key(i)))
		if _, err := with.Get(ctx, key(i)); !errors.Is(err, keystore.ErrNotFound) {
			t.Errorf("entry %d is forgotten: %v", i, err)
		}
	}
	must(t, s.Keyring.Signal(unix.SIGSTOP))
	stopped := open(s.Address, 0)
	if _, err := stopped.Get(ctx, key(0)); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("a miss, with a keyring that hangs: %v", err)
	}
	if late := keystore.Late(stopped); len(late) != 1 || late[0] != "keyring" || keystore.TimedOut(stopped) {
		t.Errorf("late are %v", late)
	}
}

// wantFull checks that a full kernel keyring says so.
func wantFull(t *testing.T, c keystore.Choice, goes string) {
	t.Helper()
	why, limit := c.Full(context.Background())
	if limit == nil || limit.Name != "kernel.keys.maxbytes" || limit.Most != 20000 || limit.Used < 17900 || !strings.Contains(why, goes) {
		t.Errorf("it is %q, %v, want %q", why, limit, goes)
	}
}

// Our expired entries make room before anything goes elsewhere.
func TestAutoSweepsFirst(t *testing.T) {
	t.Parallel()
	if !asOrdinary(t) {
		return
	}
	ctx := context.Background()
	vars := map[string]string{"XDG_RUNTIME_DIR": t.TempDir(), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
	c, err := keystore.Open(ctx, "auto", keystore.Options{Getenv: env(vars), Now: time.Now})
	must(t, err)
	put := func(i int) error {
		return c.Put(ctx, keystore.Key(fmt.Sprint("v1/access/sweep/", i)), fresh(strings.Repeat("x", 1900), time.Hour))
	}
	full := 0
	for ; put(full) == nil; full++ {
	}
	expire(t)
	for i := range full {
		if err := put(100 + i); err != nil {
			t.Errorf("entry %d of %d: %v", i, full, err)
		}
	}
	_, err = keystore.Purge(ctx, c)
	must(t, err)
}
