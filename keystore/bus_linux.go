package keystore

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"
)

// bus is a connection to this user's session bus.
type bus struct{ *dbus.Conn }

// busSocket returns the socket of the session bus, with "@" first for an
// abstract one. It must be named by DBUS_SESSION_BUS_ADDRESS or lie where systemd
// puts it; nothing is launched to get one.
func busSocket(getenv func(string) string) (string, error) {
	address := getenv("DBUS_SESSION_BUS_ADDRESS")
	if address != "" && address != "autolaunch:" {
		return parseBusAddress(address)
	}
	for _, dir := range []string{getenv("XDG_RUNTIME_DIR"), "/run/user/" + strconv.Itoa(os.Geteuid())} {
		if !filepath.IsAbs(dir) {
			continue
		}
		path := filepath.Join(dir, "bus")
		if st, err := os.Stat(path); err == nil && st.Mode().Type() == fs.ModeSocket {
			return path, nil
		}
	}
	return "", unavailable("there is no D-Bus session bus (no desktop session)")
}

// parseBusAddress returns the first Unix socket of a list of D-Bus addresses
// (D-Bus specification, "Server Addresses").
func parseBusAddress(list string) (string, error) {
	for address := range strings.SplitSeq(list, ";") {
		options, ok := strings.CutPrefix(address, "unix:")
		if !ok {
			continue
		}
		for option := range strings.SplitSeq(options, ",") {
			name, value, _ := strings.Cut(option, "=")
			value, err := url.PathUnescape(value)
			if err != nil || value == "" || strings.ContainsRune(value, 0) {
				continue
			}
			switch {
			case name == "path" && filepath.IsAbs(value):
				return value, nil
			case name == "abstract":
				return "@" + value, nil
			}
		}
	}
	return "", unavailable("DBUS_SESSION_BUS_ADDRESS names no Unix socket")
}

// dialBus connects to the session bus. Who listens there must be this user: an
// environment that sudo kept names the bus of somebody else. The connection that
// was judged is the one that is used, for all there is to say; its name is not
// looked up a second time.
func dialBus(ctx context.Context, getenv func(string) string) (*bus, error) {
	socket, err := busSocket(getenv)
	if err != nil {
		return nil, err
	}
	// Not net.Dialer, which links the resolver: a local socket answers or refuses
	// at once, and the caller does not wait longer than its deadline anyway.
	unixConn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, busError(ctx, err)
	}
	if err := checkPeer(unixConn); err != nil {
		_ = unixConn.Close()
		return nil, err
	}
	conn, err := dbus.DialUnix(unixConn)
	if err != nil {
		_ = unixConn.Close()
		return nil, busError(ctx, err)
	}
	// Neither Auth nor Hello takes a ctx; closing ends them.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))})
	if err == nil {
		err = conn.Hello()
	}
	if err != nil || !stop() {
		_ = conn.Close()
		return nil, busError(ctx, errors.Join(err, ctx.Err()))
	}
	return &bus{conn}, nil
}

func checkPeer(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return unavailable(err.Error())
	}
	var cred *unix.Ucred
	var credErr error
	if err := raw.Control(func(fd uintptr) {
		cred, credErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil || credErr != nil {
		return unavailable("the session bus does not say whose it is")
	}
	if int(cred.Uid) != os.Geteuid() {
		return unavailable("the session bus belongs to another user")
	}
	return nil
}

// call calls a method of the Secret Service without starting it.
func (b *bus) call(ctx context.Context, path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	return b.Object(secretsName, path).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
}

// property stores a property of an object of the Secret Service.
func (b *bus) property(ctx context.Context, path dbus.ObjectPath, iface, name string, value any) error {
	var v dbus.Variant
	err := b.call(ctx, path, "org.freedesktop.DBus.Properties.Get", iface, name).Store(&v)
	if err == nil {
		err = v.Store(value)
	}
	return busError(ctx, err)
}

// busError names an error of the bus as the package does. The text of a D-Bus
// error comes from the service and is left out; its name is enough.
func busError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var e dbus.Error
	var p *dbus.Error
	if errors.As(err, &p) && p != nil {
		e = *p
	} else if !errors.As(err, &e) {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return unavailable("the D-Bus session bus: " + errno.Error())
		}
		return unavailable("the D-Bus session bus: " + err.Error())
	}
	switch e.Name {
	case "org.freedesktop.DBus.Error.NameHasNoOwner", "org.freedesktop.DBus.Error.ServiceUnknown":
		return unavailable("no Secret Service runs (gnome-keyring, KWallet, KeePassXC)")
	case "org.freedesktop.Secret.Error.IsLocked":
		return ErrLocked
	case "org.freedesktop.Secret.Error.NoSuchObject", "org.freedesktop.DBus.Error.UnknownObject",
		"org.freedesktop.DBus.Error.UnknownMethod":
		return ErrNotFound
	}
	return unavailable("the Secret Service answered " + strconv.Quote(e.Name))
}
