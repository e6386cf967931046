package keystoretest

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/credential-iam/credential-iam/keystore/keystoretest/dbustest"
)

// Session is a [dbustest.Session] of a test, with which it ends: what cannot be
// started fails the test, and a program that is not installed skips it.
type Session struct{ *dbustest.Session }

// SecretService returns the environment of a session with a gnome-keyring whose
// login keyring is unlocked.
func SecretService(t testing.TB) []string {
	t.Helper()
	s := StartBus(t)
	s.StartKeyring(t, true)
	return s.Env()
}

// StartBus starts a session bus without any service. A quick run starts none.
func StartBus(t testing.TB) Session {
	t.Helper()
	if testing.Short() {
		t.Skip("a session bus is for make test")
	}
	s, err := dbustest.Start()
	check(t, err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(s.Output())
		}
	})
	return Session{s}
}

// StartKeyring starts gnome-keyring on the session's bus, see
// [dbustest.Session.StartKeyring].
func (s Session) StartKeyring(t testing.TB, login bool) {
	t.Helper()
	check(t, s.Session.StartKeyring(login))
}

// Lock locks the login keyring.
func (s Session) Lock(t testing.TB) {
	t.Helper()
	check(t, s.Session.Lock())
}

// Connect returns a connection to the session's bus.
func (s Session) Connect(t testing.TB) *dbus.Conn {
	t.Helper()
	conn, err := s.Session.Connect()
	check(t, err)
	return conn
}

func check(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}
