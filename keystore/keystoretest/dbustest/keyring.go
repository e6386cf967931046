package dbustest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	service         = "org.freedesktop.secrets"
	servicePath     = dbus.ObjectPath("/org/freedesktop/secrets")
	loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
)

// patience is longer than a daemon takes that does not hang.
const patience = time.Minute

// Connect returns a connection to the bus, which ends with the session.
func (s *Session) Connect() (*dbus.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	conn, err := dbus.Connect(s.Address, dbus.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, fmt.Errorf("connect to the bus: %w", err)
	}
	s.ends = append(s.ends, func() { _ = conn.Close(); cancel() })
	return conn, nil
}

// StartKeyring starts gnome-keyring on the bus: with an unlocked login keyring, or
// without a login keyring at all, which is what an activated daemon looks like
// where nobody has logged in. The error wraps [exec.ErrNotFound] where there is no
// gnome-keyring-daemon.
func (s *Session) StartKeyring(login bool) error {
	program, err := exec.LookPath("gnome-keyring-daemon")
	if err != nil {
		return err
	}
	conn, err := s.Connect()
	if err != nil {
		return err
	}
	cmd := exec.Command(program, "--foreground", "--components=secrets", "--control-directory="+s.Dir)
	if login {
		cmd.Args = append(cmd.Args, "--unlock")
	}
	cmd.Stdin = strings.NewReader("a password\n")
	d, err := s.start(cmd)
	if err != nil {
		return err
	}
	s.Keyring = cmd.Process
	for deadline := time.Now().Add(patience); !s.answers(conn, login); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("gnome-keyring does not answer after %s\n%s", patience, d.output())
		}
	}
	return nil
}

// answers reports whether the session's own keyring has the bus's name and knows
// its collections, the login one if it is to have that.
func (s *Session) answers(conn *dbus.Conn, login bool) bool {
	var pid uint32
	err := conn.BusObject().Call("org.freedesktop.DBus.GetConnectionUnixProcessID", 0, service).Store(&pid)
	if err != nil || int(pid) != s.Keyring.Pid {
		return false
	}
	v, err := conn.Object(service, servicePath).GetProperty("org.freedesktop.Secret.Service.Collections")
	paths, ok := v.Value().([]dbus.ObjectPath)
	return err == nil && ok && (!login || slices.Contains(paths, loginCollection))
}

// Lock locks the login keyring.
func (s *Session) Lock() error {
	conn, err := s.Connect()
	if err != nil {
		return err
	}
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err = conn.Object(service, servicePath).
		Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{loginCollection}).Store(&locked, &prompt)
	if err == nil && !slices.Contains(locked, loginCollection) {
		err = errors.New("it is not among what was locked")
	}
	if err != nil {
		return fmt.Errorf("lock the login keyring: %w", err)
	}
	return nil
}
