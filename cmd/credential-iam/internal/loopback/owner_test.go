package loopback

import (
	"net"
	"net/netip"
	"testing"
)

// TestAddrPort: the kernel's table of IPv4 has a connection to a socket of IPv6, whose
// addresses package net may give in either length.
func TestAddrPort(t *testing.T) {
	four := net.IPv4(127, 0, 0, 1)
	want := netip.MustParseAddrPort("127.0.0.1:80")
	for _, ip := range []net.IP{four.To16(), four.To4()} {
		if got, ok := addrPort(&net.TCPAddr{IP: ip, Port: 80}); !ok || got != want {
			t.Errorf("%d bytes: %v, %t; want %v", len(ip), got, ok, want)
		}
	}
	if got, ok := addrPort(&net.TCPAddr{IP: net.IPv6loopback, Port: 80}); !ok || got != netip.MustParseAddrPort("[::1]:80") {
		t.Errorf("IPv6: %v, %t", got, ok)
	}
	for _, a := range []net.Addr{&net.UnixAddr{Name: "x"}, &net.TCPAddr{Port: 80}} {
		if got, ok := addrPort(a); ok {
			t.Errorf("%v is %v", a, got)
		}
	}
}
