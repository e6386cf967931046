package keystore

import (
	"context"
	"net"
	"path/filepath"
	"testing"
)

func TestParseBusAddress(t *testing.T) {
	for in, want := range map[string]string{
		"unix:path=/run/user/1000/bus":                         "/run/user/1000/bus",
		"unix:path=/tmp/a%20b,guid=00ff":                       "/tmp/a b",
		"unix:guid=00,path=/x":                                 "/x",
		"unix:abstract=/tmp/dbus-x,guid=1":                     "@/tmp/dbus-x",
		"tcp:host=localhost,port=1;unix:path=/x":               "/x",
		"unix:path=relative":                                   "",
		"unix:path=":                                           "",
		"unix:path=%zz":                                        "",
		"unix:path=/x%00y":                                     "",
		"autolaunch:scope=x":                                   "",
		"unixexec:path=/bin/sh,argv1=-c":                       "",
		"tcp:host=evil.example,port=1,path=/run/user/1000/bus": "",
		"": "",
	} {
		got, err := parseBusAddress(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", in, got, err, want)
		}
	}
}

// TestDialOnce: the connection whose other end was judged is the one that is spoken on;
// the name may lead elsewhere a moment later.
func TestDialOnce(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "bus")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := dialBus(ctx, func(name string) string {
			return map[string]string{"DBUS_SESSION_BUS_ADDRESS": "unix:path=" + socket}[name]
		})
		done <- err
	}()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if n, err := c.Read(make([]byte, 64)); err != nil || n == 0 {
		t.Errorf("nothing is said on the first connection: %v", err)
	}
	cancel()
	if err := <-done; err == nil {
		t.Error("it is a bus")
	}
}
