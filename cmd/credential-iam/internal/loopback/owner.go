package loopback

import (
	"net"
	"net/netip"
	"os"
	"time"
)

// selfTest bounds a connection of this process to itself.
const selfTest = 2 * time.Second

// Knows reports whether the kernel tells who is at the other end of a connection on
// loopback: it is asked about a connection of this process to itself.
func Knows() bool {
	if unmapped(os.Geteuid()) {
		return false
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return false
	}
	defer l.Close()
	near, err := net.DialTimeout("tcp4", l.Addr().String(), selfTest)
	if err != nil {
		return false
	}
	defer near.Close()
	_ = l.(*net.TCPListener).SetDeadline(time.Now().Add(selfTest))
	far, err := l.Accept()
	if err != nil {
		return false
	}
	defer far.Close()
	return ours(far)
}

// ours reports whether the other end of a connection belongs to this process's user.
func ours(c net.Conn) bool {
	local, ok1 := addrPort(c.LocalAddr())
	remote, ok2 := addrPort(c.RemoteAddr())
	if !ok1 || !ok2 {
		return false
	}
	uid, err := owner(remote, local)
	return err == nil && uid == os.Geteuid()
}

// addrPort returns an address of TCP; one of IPv4 in IPv6 is one of IPv4.
func addrPort(a net.Addr) (netip.AddrPort, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	p := tcp.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port()), p.Addr().IsValid()
}
