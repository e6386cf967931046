package keystore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// openKernel opens the user keyring, whatever this machine is.
func openKernel(t testing.TB) keystore.Store {
	t.Helper()
	return openNamed(t, "kernel", nil)
}

func openNamed(t testing.TB, name string, vars map[string]string) keystore.Store {
	t.Helper()
	c, err := keystore.Open(context.Background(), name, keystore.Options{Getenv: env(vars), Now: time.Now})
	if errors.Is(err, keystore.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c.Store
}

func fresh(secret string, left time.Duration) keystore.Entry {
	now := time.Now()
	return keystore.Entry{Secret: keystore.NewSecret(secret), Issued: now, Expires: now.Add(left)}
}

func testKey(t testing.TB) keystore.Key {
	return keystore.NewKey("access", "-", fmt.Sprintf("%d-%d", os.Getpid(), time.Now().UnixNano()))
}

func plantKernel(ring int) func(*testing.T, keystore.Key, []byte) {
	return func(t *testing.T, key keystore.Key, record []byte) {
		t.Helper()
		id, err := unix.AddKey("user", "credential-iam:"+string(key), record, ring)
		must(t, err)
		must(t, unix.KeyctlSetperm(id, 0x3f3f0000))
		_, err = unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, 60, 0, 0)
		must(t, err)
	}
}

func TestKernelUser(t *testing.T) {
	keystoretest.Run(t, func(t *testing.T) keystore.Store { return openKernel(t) })
}

func TestKernelUserOdd(t *testing.T) {
	keystoretest.Odd(t, func(t *testing.T) keystore.Store { return openKernel(t) }, plantKernel(unix.KEY_SPEC_USER_KEYRING))
}

// sessionStore opens auto as in a container, which must be the session keyring.
func sessionStore(t *testing.T) keystore.Store {
	t.Helper()
	c, err := keystore.Open(context.Background(), "auto",
		keystore.Options{Getenv: env(map[string]string{"container": "test"}), Now: time.Now})
	if err != nil || c.Name() != "kernel" || c.Passed != nil || !strings.Contains(c.Why, "session keyring") {
		t.Fatalf("auto in a container with a session keyring: %s (%s), %v", c.Name(), c.Why, err)
	}
	return c.Store
}

// A session that others can join by its name is not one of the container's own,
// and that is told apart from all else that auto may pass over.
func TestKernelNoSession(t *testing.T) {
	openKernel(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread is thrown away
		if _, err := unix.KeyctlJoinSessionKeyring(fmt.Sprintf("credential-iam-%d", os.Getpid())); err != nil {
			t.Logf("no session keyrings here: %v", err)
			return
		}
		c, err := keystore.Open(context.Background(), "auto",
			keystore.Options{Getenv: env(map[string]string{"container": "test"}), Now: time.Now})
		if err != nil || !errors.Is(c.Passed, keystore.ErrNoSession) || !errors.Is(c.Passed, keystore.ErrUnavailable) || !strings.Contains(c.Why, "can be joined by others") {
			t.Errorf("%s (%s), passed %v, %v", c.Name(), c.Why, c.Passed, err)
		}
	}()
	<-done
}

func TestKernelSession(t *testing.T) {
	openKernel(t)
	if again(t, nil, func(run func()) { inSession(t, run) }) {
		keystoretest.Run(t, sessionStore)
	}
}

func TestKernelSessionOdd(t *testing.T) {
	openKernel(t)
	if again(t, nil, func(run func()) { inSession(t, run) }) {
		keystoretest.Odd(t, sessionStore, plantKernel(unix.KEY_SPEC_SESSION_KEYRING))
	}
}

// A session keyring often links to the user keyring. What others of the user put
// there is not ours, although a search of the session keyring finds it.
func TestKernelSessionPlanted(t *testing.T) {
	openKernel(t)
	if !again(t, nil, func(run func()) { inSession(t, run) }) {
		return
	}
	_, err := unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_SESSION_KEYRING, 0, 0)
	must(t, err)
	ctx, key, user, session := context.Background(), testKey(t), openKernel(t), sessionStore(t)
	must(t, user.Put(ctx, key, fresh("planted", time.Minute)))
	defer user.Delete(ctx, key)
	if _, err := unix.KeyctlSearch(unix.KEY_SPEC_SESSION_KEYRING, "user", "credential-iam:"+string(key), 0); err != nil {
		t.Fatalf("the search does not find it: %v", err)
	}
	if e, err := session.Get(ctx, key); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("got %v, %v, want a miss", e, err)
	}
	must(t, session.Delete(ctx, key))
	if _, err := user.Get(ctx, key); err != nil {
		t.Errorf("the session's Delete took the user's entry: %v", err)
	}
	must(t, session.Put(ctx, key, fresh("own", time.Minute)))
	if e, err := session.Get(ctx, key); err != nil || e.Secret.Reveal() != "own" {
		t.Errorf("got %v, want the session's own entry", err)
	}
}

// Every key that can be found in the keyring has a timeout, at every moment.
func TestKernelTimeouts(t *testing.T) {
	s, key := openKernel(t), testKey(t)
	if b, err := os.ReadFile("/proc/keys"); err != nil || len(b) == 0 {
		t.Skip("/proc/keys cannot be read")
	}
	ctx := context.Background()
	must(t, s.Put(ctx, key, fresh("first", time.Hour)))
	defer s.Delete(ctx, key)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 3 { // same key, same process: they must not update each other's
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := s.Put(ctx, key, fresh(fmt.Sprint(i), time.Hour)); err != nil && !errors.Is(err, keystore.ErrQuota) {
					t.Errorf("Put: %v", err)
				}
			}
		})
	}
	seen := 0
	// On a busy machine a key may be replaced before it is looked up: then longer.
	for start := time.Now(); time.Since(start) < 500*time.Millisecond || seen == 0 && time.Since(start) < time.Minute; {
		id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", "credential-iam:"+string(key), 0)
		if err != nil {
			continue
		}
		b, err := os.ReadFile("/proc/keys")
		must(t, err)
		for line := range strings.Lines(string(b)) {
			f := strings.Fields(line)
			if n, err := strconv.ParseUint(f[0], 16, 31); err == nil && int(n) == id {
				seen++
				if f[3] == "perm" {
					t.Fatalf("a key without a timeout: %s", line)
				}
			}
		}
	}
	close(stop)
	wg.Wait()
	if seen == 0 {
		t.Error("the key was never seen in /proc/keys")
	}
}

// What others can read, by the keyring and by the key's id.
func TestKernelNeighbours(t *testing.T) {
	t.Parallel()
	s, key := openKernel(t), testKey(t)
	exe := storeProgram(t)
	ctx := context.Background()
	must(t, s.Put(ctx, key, fresh("SECRET", time.Minute)))
	defer s.Delete(ctx, key)
	n, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, "user", "credential-iam:"+string(key), 0)
	must(t, err)
	args := []string{"open=kernel", "get=" + string(key), "list", "read=" + strconv.Itoa(n)}

	t.Run("private session", func(t *testing.T) {
		inSession(t, func() {
			if got := run(t, exec.Command(exe, args...)).step("get"); got != "SECRET" {
				t.Errorf("a process in a session of its own gets %q", got)
			}
		})
	})
	t.Run("setsid", func(t *testing.T) {
		cmd := exec.Command(exe, args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if got := run(t, cmd).step("get"); got != "SECRET" {
			t.Errorf("an unrelated process of the user gets %q", got)
		}
	})
	t.Run("other user", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("needs root")
		}
		// A login has a session keyring of its own; without it the child would
		// inherit ours, and with it possess our keys.
		out := run(t, asUser(exec.Command(exe, append([]string{"join="}, args...)...), keystoretest.User(t)))
		if strings.Contains(string(out), "SECRET") || !strings.Contains(out.step("get"), keystore.ErrNotFound.Error()) || !strings.Contains(out.step("read"), "denied") {
			t.Errorf("another user gets\n%s", out)
		}
	})
	t.Run("user namespace", func(t *testing.T) {
		cmd := exec.Command(exe, args...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
		if err := exec.Command("unshare", "-U", "true").Run(); err != nil {
			t.Skip("no user namespaces here")
		}
		if got := run(t, cmd).step("get"); !strings.Contains(got, keystore.ErrNotFound.Error()) {
			t.Errorf("a user namespace gets %q", got)
		}
	})
}

// expire ends the life of every key of this package's in this user's keyring and in the
// session's, and waits until the kernel says so, which collects them minutes later.
func expire(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // who has a keyring in the thread's own one possesses its keys
	defer runtime.UnlockOSThread()
	var keys []int
	for _, ring := range []int{unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_SESSION_KEYRING} {
		_, err := unix.KeyctlInt(unix.KEYCTL_LINK, ring, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
		must(t, err)
		b := make([]byte, 4096)
		n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, ring, b, 0)
		must(t, err)
		for b = b[:n]; len(b) >= 4; b = b[4:] {
			id := int(int32(binary.NativeEndian.Uint32(b))) //nolint:gosec // an id has 31 bits
			if d, err := unix.KeyctlString(unix.KEYCTL_DESCRIBE, id); err == nil && strings.Contains(d, ";credential-iam:") {
				keys = append(keys, id)
			}
		}
	}
	if len(keys) == 0 {
		t.Fatal("there is no key")
	}
	for _, id := range keys {
		_, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, 1, 0, 0)
		must(t, err)
	}
	for _, id := range keys {
		err := error(nil)
		for ; err == nil; time.Sleep(time.Millisecond) {
			_, err = unix.KeyctlString(unix.KEYCTL_DESCRIBE, id)
		}
		if !errors.Is(err, unix.EKEYEXPIRED) {
			t.Fatalf("key %d does not expire: %v", id, err)
		}
	}
}

// An ordinary user has 20,000 bytes: what does not fit is ErrQuota, what is there
// stays, and what has expired makes room.
func TestKernelQuota(t *testing.T) {
	t.Parallel()
	if !asOrdinary(t) {
		return
	}
	s, ctx := openKernel(t), context.Background()
	big := strings.Repeat("x", 1900)
	put := func(name, secret string) error {
		return s.Put(ctx, keystore.Key("v1/access/"+name), fresh(secret, time.Hour))
	}
	get := func() string {
		e, err := s.Get(ctx, "v1/access/a/0")
		must(t, err)
		return e.Secret.Reveal()
	}
	must(t, put("a/0", big))
	full := 1
	err := error(nil)
	for ; err == nil && full < 12; full++ {
		err = put(fmt.Sprint("a/", full), big)
	}
	if !errors.Is(err, keystore.ErrQuota) || full < 8 {
		t.Errorf("entry %d: %v", full, err)
	}
	if get() != big {
		t.Error("the first entry has changed")
	}
	must(t, put("a/0", "y"+big[:1500]))
	if !strings.HasPrefix(get(), "y") {
		t.Error("the first entry was not replaced")
	}
	expire(t)
	for i := range 8 {
		if err := put(fmt.Sprint("b/", i), big); err != nil {
			t.Errorf("put %d after everything expired: %v", i, err)
		}
	}
	n, err := keystore.Purge(ctx, s)
	must(t, err)
	if left, err := s.List(ctx); n != 8 || err != nil || len(left) > 0 {
		t.Errorf("purge: %d, then list %v, %v", n, left, err)
	}
}

func TestKernelParallel(t *testing.T) {
	s, key := openKernel(t), testKey(t)
	ctx := context.Background()
	must(t, s.Put(ctx, key, fresh("v", time.Minute)))
	defer s.Delete(ctx, key)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if err := s.Put(ctx, key, fresh("v", time.Minute)); err != nil {
				t.Errorf("Put: %v", err)
			}
		})
		wg.Go(func() {
			if e, err := s.Get(ctx, key); err != nil || e.Secret.Reveal() != "v" {
				t.Errorf("Get: %v", err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkKernelGet(b *testing.B) {
	s, key := openKernel(b), testKey(b)
	ctx := context.Background()
	if err := s.Put(ctx, key, fresh(strings.Repeat("x", 1200), time.Hour)); err != nil {
		b.Fatal(err)
	}
	defer s.Delete(ctx, key)
	for b.Loop() {
		if _, err := s.Get(ctx, key); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenAuto(b *testing.B) {
	o := keystore.Options{Getenv: os.Getenv, Now: time.Now}
	for b.Loop() {
		if _, err := keystore.Open(context.Background(), "kernel", o); err != nil {
			b.Skip(err)
		}
	}
}
