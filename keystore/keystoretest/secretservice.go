package keystoretest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// Session is a private D-Bus session bus, and perhaps a keyring on it.
type Session struct {
	// Dir is the session's home and runtime folder.
	Dir string
	// Address is the bus's D-Bus address and Socket its path.
	Address, Socket string
	// Bus and Keyring are the daemons; Keyring is nil without one.
	Bus, Keyring *os.Process
}

// Env returns what the environment of a process in the session has: the bus, and
// folders that are not the user's own.
func (s *Session) Env() []string {
	return []string{
		"DBUS_SESSION_BUS_ADDRESS=" + s.Address, "XDG_RUNTIME_DIR=" + s.Dir,
		"HOME=" + s.Dir, "XDG_DATA_HOME=" + filepath.Join(s.Dir, "data"), "XDG_CONFIG_HOME=" + filepath.Join(s.Dir, "config"),
		"XDG_CACHE_HOME=" + filepath.Join(s.Dir, "cache"), "DISPLAY=", "WAYLAND_DISPLAY=",
	}
}

// Getenv reads the session's environment.
func (s *Session) Getenv(name string) string {
	for _, e := range s.Env() {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// SecretService returns the environment of a session with a gnome-keyring whose
// login keyring is unlocked. Everything ends with the test. It skips the test
// where the programs are missing.
func SecretService(t testing.TB) []string {
	t.Helper()
	s := StartBus(t)
	s.StartKeyring(t, true)
	return s.Env()
}

// busConfig is a session bus that everybody of the user may use. activate is the
// folder of services that the bus may start itself, at best an empty one.
const busConfig = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <servicedir>%s</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// StartBus starts a session bus without any service.
func StartBus(t testing.TB) *Session {
	t.Helper()
	exe := program(t, "dbus-daemon")
	// Not t.TempDir: a socket's path has at most 107 bytes.
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &Session{Dir: dir, Socket: filepath.Join(dir, "bus")}
	s.Address = "unix:path=" + s.Socket
	if err := os.Mkdir(filepath.Join(dir, "services"), 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "bus.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, busConfig, s.Socket, filepath.Join(dir, "services")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Bus = start(t, exec.Command(exe, "--config-file="+config, "--nofork", "--nopidfile"), s.Env())
	wait(t, "the bus to listen", func() bool { _, err := os.Stat(s.Socket); return err == nil })
	return s
}

// StartKeyring starts gnome-keyring on the session's bus: with an unlocked login
// keyring, or without a login keyring at all, which is what an activated daemon
// looks like where nobody has logged in.
func (s *Session) StartKeyring(t testing.TB, login bool) {
	t.Helper()
	args := []string{"--foreground", "--components=secrets", "--control-directory=" + s.Dir}
	if login {
		args = append(args, "--unlock")
	}
	cmd := exec.Command(program(t, "gnome-keyring-daemon"), args...)
	cmd.Stdin = strings.NewReader("a password\n")
	s.Keyring = start(t, cmd, s.Env())
	conn := s.Connect(t)
	wait(t, "gnome-keyring to answer", func() bool {
		var pid uint32
		err := conn.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, "org.freedesktop.secrets").Store(&pid)
		if err != nil || int(pid) != s.Keyring.Pid {
			return false
		}
		v, err := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").GetProperty("org.freedesktop.Secret.Service.Collections")
		paths, ok := v.Value().([]dbus.ObjectPath)
		return err == nil && ok && (!login || slices.Contains(paths, loginCollection))
	})
}

const loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

// Lock locks the login keyring.
func (s *Session) Lock(t testing.TB) {
	t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := s.Connect(t).Object("org.freedesktop.secrets", "/org/freedesktop/secrets").
		Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{loginCollection}).Store(&locked, &prompt)
	if err != nil || !slices.Contains(locked, loginCollection) {
		t.Fatalf("lock the login keyring: %v %v", locked, err)
	}
}

// Connect returns a connection to the session's bus.
func (s *Session) Connect(t testing.TB) *dbus.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	var conn *dbus.Conn
	var err error
	wait(t, "the bus to answer", func() bool {
		conn, err = dbus.Connect(s.Address, dbus.WithContext(ctx))
		return err == nil
	})
	t.Cleanup(func() { _ = conn.Close(); cancel() })
	return conn
}

// program returns the path of a program, or skips the test.
func program(t testing.TB, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

// start starts a daemon that ends with the test. What it printed is shown if the
// test fails.
func start(t testing.TB, cmd *exec.Cmd, env []string) *os.Process {
	t.Helper()
	var out bytes.Buffer
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() && out.Len() > 0 {
			t.Logf("%s: %s", cmd.Path, out.String())
		}
	})
	return cmd.Process
}

// wait polls until ok, for up to ten seconds.
func wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for %s", what)
		}
	}
}
