// Package dbustest starts a D-Bus session bus of its own, and a real gnome-keyring
// on it.
//
// What it returns is ready: a bus that is started listens, and a keyring that is
// started answers. It starts no service by activation, touches no keyring of a
// person's and leaves no process behind. It needs no testing.TB: package
// keystoretest does. It is not an API; only tests and measurements of this
// project import it.
package dbustest
