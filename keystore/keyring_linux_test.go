package keystore_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// secretSession runs the calling test in a process of its own on a real
// gnome-keyring: go-keyring keeps one connection for a process.
func secretSession(t *testing.T) bool {
	t.Helper()
	var session []string
	if os.Getenv("TEST_AGAIN") == "" {
		session = keystoretest.SecretService(t)
	}
	return again(t, session, func(run func()) { run() })
}

// patient are the options for a keyring that has to answer, however busy the machine
// is; in a program of its own the step is patience.
func patient() keystore.Options {
	return keystore.Options{Getenv: os.Getenv, Now: time.Now, Patience: time.Minute}
}

const patience = "patience=1m"

func openKeyring(t *testing.T) keystore.Store {
	t.Helper()
	c, err := keystore.Open(context.Background(), "keyring", patient())
	if err != nil || keystore.TimedOut(c) {
		t.Fatalf("open keyring: %v", err)
	}
	return c.Store
}

func TestSecretService(t *testing.T) {
	t.Parallel()
	if secretSession(t) {
		keystoretest.Run(t, openKeyring)
	}
}

func TestSecretServiceOdd(t *testing.T) {
	t.Parallel()
	if secretSession(t) {
		keystoretest.Odd(t, openKeyring, func(t *testing.T, key keystore.Key, record []byte) {
			must(t, gokeyring.Set("credential-iam", string(key), string(record)))
		})
	}
}

// auto reaches the Secret Service in a container, where the kernel does not count.
func TestSecretServiceAuto(t *testing.T) {
	t.Parallel()
	if !secretSession(t) {
		return
	}
	getenv := func(name string) string {
		if name == "container" {
			return "test"
		}
		return os.Getenv(name)
	}
	o := patient()
	o.Getenv = getenv
	if c, err := keystore.Open(context.Background(), "auto", o); err != nil || c.Name() != "keyring" || !strings.Contains(c.Why, "kernel: ") {
		t.Errorf("auto: %s (%s), %v", c.Name(), c.Why, err)
	}
	o.Skip = []string{"keyring"}
	if c, err := keystore.Open(context.Background(), "auto", o); err != nil || c.Name() != "none" || !strings.Contains(c.Why, "ran out of time before") {
		t.Errorf("auto without keyring: %s (%s), %v", c.Name(), c.Why, err)
	}
	c, err := keystore.Open(context.Background(), "keyring", o)
	if err != nil || !keystore.TimedOut(c) {
		t.Errorf("a skipped keyring is not timed out: %v", err)
	}
	if _, err := c.Get(context.Background(), "v1/a/b/c"); !errors.Is(err, keystore.ErrTimeout) {
		t.Errorf("a skipped keyring: %v", err)
	}
}

// A Put sweeps expired entries now and then, and Purge spares identities.
func TestSecretServiceSweep(t *testing.T) {
	t.Parallel()
	if !secretSession(t) {
		return
	}
	ctx, s := context.Background(), openKeyring(t)
	old := testKey(t)
	now := time.Now()
	record := fmt.Sprintf("credential-iam/2\n%s\n%d %d - 0\n\nold", old, now.Add(-2*time.Hour).UnixMilli(), now.Add(-time.Hour).UnixMilli())
	must(t, gokeyring.Set("credential-iam", string(old), record))
	must(t, s.Put(ctx, testKey(t), fresh("new", time.Hour)))
	keys, err := s.List(ctx)
	if err != nil || slices.Contains(keys, old) || len(keys) != 1 {
		t.Errorf("after a Put: %v, %v", keys, err)
	}
	i := keystore.OpenIdentities(patient())
	must(t, i.Add(ctx, "work", keystore.NewSecret("{}")))
	if n, err := keystore.Purge(ctx, s); n != 1 || err != nil {
		t.Errorf("Purge: %d, %v", n, err)
	}
	if _, err := i.Get(ctx, "work"); err != nil {
		t.Errorf("the identity after Purge: %v", err)
	}
}

func TestIdentities(t *testing.T) {
	t.Parallel()
	if !secretSession(t) {
		return
	}
	ctx := context.Background()
	i := keystore.OpenIdentities(patient())
	document := `{"type":"service_account","private_key":"-----BEGIN\n` + strings.Repeat("k", 2000) + `"}`
	must(t, i.Add(ctx, "work", keystore.NewSecret("old")))
	must(t, i.Add(ctx, "work", keystore.NewSecret(document)))
	must(t, i.Add(ctx, "a.b_c-D", keystore.NewSecret("{}")))
	if got, err := i.Get(ctx, "work"); err != nil || got.Reveal() != document {
		t.Errorf("Get: %v", err)
	}
	if names, err := i.List(ctx); err != nil || !slices.Equal(names, []string{"a.b_c-D", "work"}) {
		t.Errorf("List: %v, %v", names, err)
	}
	must(t, i.Remove(ctx, "work"))
	if _, err := i.Get(ctx, "work"); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("Get of a removed one: %v", err)
	}
	if err := i.Remove(ctx, "work"); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("Remove of a removed one: %v", err)
	}
	for _, name := range []string{"", "a/b", "a:b", "ü", "a\n", strings.Repeat("x", 65)} {
		if err := i.Add(ctx, name, keystore.NewSecret("{}")); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
	if err := i.Add(ctx, "big", keystore.NewSecret(strings.Repeat("x", 65<<10))); !errors.Is(err, keystore.ErrTooBig) {
		t.Errorf("a big document: %v", err)
	}
}

// Where there is no keyring an identity cannot be kept, and the reason is told.
func TestIdentitiesUnavailable(t *testing.T) {
	i := keystore.OpenIdentities(keystore.Options{Getenv: env(map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus"}), Now: time.Now})
	if err := i.Add(context.Background(), "work", keystore.NewSecret("{}")); !errors.Is(err, keystore.ErrUnavailable) || !strings.Contains(err.Error(), "bus") {
		t.Errorf("Add: %v", err)
	}
}

// trouble is a bus or a daemon that does not work, and what the store says then.
type trouble struct {
	name string
	// setup returns the environment.
	setup func(t *testing.T) []string
	// open, get and put are parts of what the steps answer.
	open, get, put string
}

const (
	readLimit, writeLimit = 300 * time.Millisecond, time.Second
	slack                 = 1500 * time.Millisecond
)

// promptly runs a command that may take so long, and slack for its start. A busy
// machine is slow now and then, and what waits for too long does so every time: it is
// run again, and the quickest counts.
func promptly(t *testing.T, limit time.Duration, cmd *exec.Cmd) ran {
	t.Helper()
	var quickest time.Duration
	for range 20 {
		again := exec.Command(cmd.Path, cmd.Args[1:]...)
		again.Env = cmd.Env
		start := time.Now()
		out := run(t, again)
		if took := time.Since(start); quickest == 0 || took < quickest {
			quickest = took
		}
		if quickest <= limit+slack {
			return out
		}
	}
	t.Errorf("%q took %v at least, want at most %v and a little", cmd.Args, quickest, limit)
	return ""
}

func troubles() []trouble {
	onKeyring := func(login bool, f func(*testing.T, keystoretest.Session)) func(*testing.T) []string {
		return func(t *testing.T) []string {
			s := keystoretest.StartBus(t)
			s.StartKeyring(t, login)
			f(t, s)
			return s.Env()
		}
	}
	none := func(*testing.T, keystoretest.Session) {}
	address := func(a string) func(*testing.T) []string {
		return func(t *testing.T) []string {
			return []string{"DBUS_SESSION_BUS_ADDRESS=" + a, "XDG_RUNTIME_DIR=" + t.TempDir()}
		}
	}
	late := strings.TrimPrefix(keystore.ErrTimeout.Error(), "keystore ")
	return []trouble{
		{"locked", onKeyring(true, func(t *testing.T, s keystoretest.Session) { s.Lock(t) }), keystore.ErrLocked.Error(), "", ""},
		{"no login collection", onKeyring(false, none), "neither a login keyring", "", ""},
		{"stopped daemon", onKeyring(true, func(t *testing.T, s keystoretest.Session) { must(t, s.Keyring.Signal(syscall.SIGSTOP)) }),
			late, late, late},
		{"stopped bus", onKeyring(true, func(t *testing.T, s keystoretest.Session) { must(t, s.Bus.Signal(syscall.SIGSTOP)) }),
			late, late, late},
		{"mute socket", muteSocket, late, late, late},
		{"dead address", address("unix:path=/nonexistent/bus"), "no such file", "", ""},
		{"tcp address", address("tcp:host=127.0.0.1,port=1"), "no Unix socket", "", ""},
		{"no bus", address(""), "no D-Bus session bus", "", ""},
		{"autolaunch", address("autolaunch:"), "no D-Bus session bus", "", ""},
		{"no service", activatable, "no Secret Service runs", "", ""},
	}
}

// muteSocket is a bus that takes connections and says nothing.
func muteSocket(t *testing.T) []string {
	dir, err := os.MkdirTemp("", "mute")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "bus"))
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return []string{"DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR=" + dir}
}

// activatable is a bus that could start a Secret Service, which must not happen.
func activatable(t *testing.T) []string {
	s := keystoretest.StartBus(t)
	ran := filepath.Join(s.Dir, "activated")
	must(t, os.WriteFile(filepath.Join(s.Dir, "services", "org.freedesktop.secrets.service"),
		[]byte("[D-BUS Service]\nName=org.freedesktop.secrets\nExec=/bin/touch "+ran+"\n"), 0o600))
	t.Cleanup(func() {
		if _, err := os.Stat(ran); err == nil {
			t.Error("the bus was made to start a service")
		}
	})
	return s.Env()
}

// Nothing hangs, prompts or starts a program, whatever is wrong with the bus.
func TestSecretServiceTrouble(t *testing.T) {
	t.Parallel()
	exe := storeProgram(t)
	for _, c := range troubles() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bin := t.TempDir()
			launched := filepath.Join(bin, "launched")
			must(t, os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte("#!/bin/sh\n: >"+launched+"\nsleep 300\n"), 0o755))
			vars := append(os.Environ(), c.setup(t)...)
			vars = append(vars, "PATH="+bin+":"+os.Getenv("PATH"), "DISPLAY=:99")
			for _, call := range []struct{ step, want string }{{"get=v1/a/b/c", c.get}, {"put=v1/a/b/c,s,60", c.put}, {"list", c.get}} {
				cmd := exec.Command(exe, "open=keyring", call.step)
				if c.get == "" { // the bus or the daemon says so by itself
					cmd.Args = []string{exe, patience, "open=keyring"}
				}
				cmd.Env = vars
				out := promptly(t, readLimit, cmd) // one call that is late is the last one
				name, _, _ := strings.Cut(call.step, "=")
				if !strings.Contains(out.step("open"), c.open) || c.get != "" && !strings.Contains(out.step(name), call.want) {
					t.Errorf("%s: got\n%swant %q and %q", call.step, out, c.open, call.want)
				}
			}
			// What a reader does who did not look first.
			cmd := exec.Command(exe, "unchecked=keyring", "get=v1/a/b/c")
			if c.get == "" {
				cmd.Args = slices.Insert(cmd.Args, 1, patience)
			}
			cmd.Env = vars
			out := promptly(t, readLimit, cmd)
			if want := cmp.Or(c.get, c.open); !strings.Contains(out.step("get"), want) {
				t.Errorf("unchecked:\n%swant %q", out, want)
			}
			if _, err := os.Stat(launched); err == nil {
				t.Error("dbus-launch was run")
			}
		})
	}
}

// The bus of systemd's user session is found without DBUS_SESSION_BUS_ADDRESS,
// and go-keyring is made to use it rather than to launch one.
func TestSecretServiceRuntimeDir(t *testing.T) {
	t.Parallel()
	exe := storeProgram(t)
	s := keystoretest.StartBus(t)
	s.StartKeyring(t, true)
	bin := t.TempDir()
	launched := filepath.Join(bin, "launched")
	must(t, os.WriteFile(filepath.Join(bin, "dbus-launch"), []byte("#!/bin/sh\n: >"+launched+"\n"), 0o755))
	cmd := exec.Command(exe, patience, "open=keyring", "put=v1/a/b/c,s,60", "get=v1/a/b/c", "list", "del=v1/a/b/c", "get=v1/a/b/c")
	cmd.Env = append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="+s.Dir, "PATH="+bin+":"+os.Getenv("PATH"), "DISPLAY=:99")
	out := run(t, cmd)
	if out.step("put") != "ok" || out.step("get") != "s" || out.step("list") != "[v1/a/b/c]" || out.step("del") != "ok" || !strings.Contains(out.steps("get")[1], keystore.ErrNotFound.Error()) {
		t.Errorf("got\n%s", out)
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("dbus-launch was run")
	}
}

// A daemon that stops after it was opened costs the deadline, once.
func TestSecretServiceStops(t *testing.T) {
	t.Parallel()
	exe := storeProgram(t)
	const limit = 4 * time.Second // the platform's own is too short for what comes before
	for _, step := range []string{"get=v1/a/b/c", "put=v1/a/b/c,s,60", "del=v1/a/b/c"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := keystoretest.StartBus(t)
			s.StartKeyring(t, true)
			cmd := exec.Command(exe, "patience="+limit.String(), "open=keyring", "ready", "wait", step, step, step)
			cmd.Env = append(os.Environ(), s.Env()...)
			_, finish, err := hold(t, cmd)
			must(t, err)
			must(t, s.Keyring.Signal(syscall.SIGSTOP))
			start := time.Now()
			out := finish()
			took := time.Since(start)
			name, _, _ := strings.Cut(step, "=")
			calls := out.steps(name)
			if len(calls) != 3 {
				t.Errorf("got\n%s", out)
			}
			for _, got := range calls {
				if !strings.Contains(got, keystore.ErrTimeout.Error()) {
					t.Errorf("got\n%s", out)
				}
			}
			if took > 3*limit {
				t.Errorf("three calls took %v, want %v: the first is the last one that waits", took, limit)
			}
		})
	}
}

// The bus of another user is refused, even where its socket lets us in.
func TestSecretServiceForeign(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	exe := storeProgram(t)
	s := keystoretest.StartBus(t)
	must(t, os.Chmod(s.Dir, 0o755))
	must(t, os.Chmod(s.Socket, 0o777))
	cmd := asUser(exec.Command(exe, patience, "open=keyring"), keystoretest.User(t))
	cmd.Env = s.Env()
	if got := run(t, cmd).step("open"); !strings.Contains(got, "belongs to another user") {
		t.Errorf("got %s", got)
	}
}

// What was judged is what is used: somebody who puts a socket of their own in the
// place of the bus, once it was found good, is not spoken to.
func TestSecretServiceReplaced(t *testing.T) {
	t.Parallel()
	exe := storeProgram(t)
	s := keystoretest.StartBus(t)
	s.StartKeyring(t, true)
	cmd := exec.Command(exe, patience, "open=keyring", "ready", "wait", "put=v1/a/b/c,s,60", "get=v1/a/b/c", "del=v1/a/b/c", "list")
	cmd.Env = append(os.Environ(), s.Env()...)
	in, err := cmd.StdinPipe()
	must(t, err)
	pipe, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines, text := bufio.NewScanner(pipe), ""
	for lines.Scan() && lines.Text() != "ready: " {
	}
	must(t, os.Rename(s.Socket, s.Socket+".real"))
	l, err := net.Listen("unix", s.Socket)
	must(t, err)
	defer l.Close()
	dialled := make(chan struct{})
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.Close()
			close(dialled)
		}
	}()
	must(t, in.Close())
	for lines.Scan() {
		text += lines.Text() + "\n"
	}
	must(t, cmd.Wait())
	out := ran(text)
	if out.step("put") != "ok" || out.step("get") != "s" || out.step("del") != "ok" || out.step("list") != "[]" {
		t.Errorf("got\n%s", out)
	}
	select {
	case <-dialled:
		t.Error("the socket in the bus's place was dialled")
	default:
	}
}
