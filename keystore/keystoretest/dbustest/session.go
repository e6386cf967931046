package dbustest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Session is a private session bus, and perhaps a keyring on it.
type Session struct {
	// Dir is the session's home and runtime folder.
	Dir string
	// Address is the bus's D-Bus address and Socket its path.
	Address, Socket string
	// Bus and Keyring are the daemons; Keyring is nil without one.
	Bus, Keyring *os.Process

	daemons []*daemon
	ends    []func()
}

// config is a session bus that everybody of the user may use, and the folder of the
// services that it may start itself: an empty one.
const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
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

// Start starts a bus without any service; the error wraps [exec.ErrNotFound] where
// there is no dbus-daemon. Close ends it.
func Start() (s *Session, err error) {
	program, err := exec.LookPath("dbus-daemon")
	if err != nil {
		return nil, err
	}
	// Not below $TMPDIR where that is long: a socket's path has at most 107 bytes.
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		return nil, err
	}
	s = &Session{Dir: dir, Socket: filepath.Join(dir, "bus")}
	s.Address = "unix:path=" + s.Socket
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	file, services := filepath.Join(dir, "bus.conf"), filepath.Join(dir, "services")
	if err := os.Mkdir(services, 0o700); err != nil {
		return s, err
	}
	if err := os.WriteFile(file, fmt.Appendf(nil, config, s.Socket, services), 0o600); err != nil {
		return s, err
	}
	cmd := exec.Command(program, "--config-file="+file, "--nofork", "--nopidfile", "--print-address")
	said, err := cmd.StdoutPipe()
	if err != nil {
		return s, err
	}
	d, err := s.start(cmd)
	if err != nil {
		return s, err
	}
	s.Bus = cmd.Process
	// The bus says its address once it listens there; its socket is there before.
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil {
		return s, fmt.Errorf("dbus-daemon ended before it listened: %q: %w\n%s", line, err, d.output())
	}
	return s, nil
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

// Output is what the daemons have printed.
func (s *Session) Output() string {
	var all strings.Builder
	for _, d := range s.daemons {
		all.WriteString(d.output())
	}
	return all.String()
}

// Close ends the connections and the daemons and removes the folder.
func (s *Session) Close() error {
	for _, end := range s.ends {
		end()
	}
	for _, d := range s.daemons {
		d.end()
	}
	return os.RemoveAll(s.Dir)
}
