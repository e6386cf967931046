package loopback

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// errStranger is the error of a connection whose other end nobody owns any more.
var errStranger = errors.New("the other end has no owner")

// unmapped reports whether uid stands for all users that this user namespace does not
// know: then another user's socket has it too.
func unmapped(uid int) bool {
	b, err := os.ReadFile("/proc/sys/kernel/overflowuid")
	return err == nil && strings.TrimSpace(string(b)) == strconv.Itoa(uid)
}

// owner returns the user whose socket has the address local and is connected to remote:
// sock_diag(7) knows, and /proc/net/tcp where that is not to be had.
func owner(local, remote netip.AddrPort) (uid int, err error) {
	uid, err = ownerByDiag(local, remote)
	if err == nil || err == errStranger { //nolint:errorlint // its own, never wrapped
		return uid, err
	}
	return ownerByProc(local, remote)
}

// What linux/inet_diag.h and linux/sock_diag.h define.
const (
	sockDiagByFamily = 20
	lenDiagReq       = 56
	lenDiagMsg       = 72
	listening        = 10 // TCP_LISTEN
)

// ownerByDiag asks for the one socket by both addresses.
func ownerByDiag(local, remote netip.AddrPort) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1})
	if err := unix.Sendto(fd, diagRequest(local, remote), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	b := make([]byte, 1024)
	n, _, err := unix.Recvfrom(fd, b, 0)
	if err != nil {
		return 0, err
	}
	return readDiag(b[:n], local.Port(), remote.Port())
}

// diagRequest is a struct nlmsghdr with a struct inet_diag_req_v2.
func diagRequest(local, remote netip.AddrPort) []byte {
	b := make([]byte, unix.NLMSG_HDRLEN+lenDiagReq)
	native := binary.NativeEndian
	native.PutUint32(b[0:], uint32(len(b)))
	native.PutUint16(b[4:], sockDiagByFamily)
	native.PutUint16(b[6:], unix.NLM_F_REQUEST)
	q := b[unix.NLMSG_HDRLEN:]
	q[0], q[1] = unix.AF_INET, unix.IPPROTO_TCP
	if local.Addr().Is6() {
		q[0] = unix.AF_INET6
	}
	native.PutUint32(q[4:], ^uint32(0)) // in any state
	binary.BigEndian.PutUint16(q[8:], local.Port())
	binary.BigEndian.PutUint16(q[10:], remote.Port())
	copy(q[12:28], local.Addr().AsSlice())
	copy(q[28:44], remote.Addr().AsSlice())
	native.PutUint32(q[48:], ^uint32(0)) // no cookie
	native.PutUint32(q[52:], ^uint32(0))
	return b
}

// readDiag reads a struct inet_diag_msg: the owner of a socket that is connected and
// that some process still has open.
func readDiag(b []byte, localPort, remotePort uint16) (int, error) {
	if len(b) < unix.NLMSG_HDRLEN+4 {
		return 0, unix.EBADMSG
	}
	native := binary.NativeEndian
	kind, m := native.Uint16(b[4:]), b[unix.NLMSG_HDRLEN:]
	if kind == unix.NLMSG_ERROR {
		return 0, unix.Errno(-int32(native.Uint32(m))) // no such socket, or no such table: /proc decides
	}
	if kind != sockDiagByFamily || len(m) < lenDiagMsg {
		return 0, unix.EBADMSG
	}
	state, inode := m[1], native.Uint32(m[68:])
	if state == listening || inode == 0 || binary.BigEndian.Uint16(m[4:]) != localPort || binary.BigEndian.Uint16(m[6:]) != remotePort {
		return 0, errStranger
	}
	return int(native.Uint32(m[64:])), nil
}

// ownerByProc looks for the socket in the kernel's tables; one of IPv6 may be connected
// to an address of IPv4.
func ownerByProc(local, remote netip.AddrPort) (int, error) {
	for _, table := range []struct {
		file string
		v6   bool
	}{{"/proc/net/tcp", false}, {"/proc/net/tcp6", true}} {
		raw, err := os.ReadFile(table.file)
		if err != nil {
			continue
		}
		if uid, ok := readTable(string(raw), procAddress(local, table.v6), procAddress(remote, table.v6)); ok {
			return uid, nil
		}
	}
	return 0, errStranger
}

// procAddress is an address as the tables have it: words of the machine's own order in
// hexadecimal, a colon, the port.
func procAddress(p netip.AddrPort, v6 bool) string {
	bytes := p.Addr().AsSlice()
	if v6 {
		b := p.Addr().As16()
		bytes = b[:]
	}
	var s strings.Builder
	for i := 0; i+4 <= len(bytes); i += 4 {
		word := strconv.FormatUint(uint64(binary.NativeEndian.Uint32(bytes[i:])), 16)
		s.WriteString(strings.Repeat("0", 8-len(word)) + word)
	}
	port := strconv.FormatUint(uint64(p.Port()), 16)
	return strings.ToUpper(s.String() + ":" + strings.Repeat("0", 4-len(port)) + port)
}

// readTable returns the owner of the connected socket of these addresses that some
// process still has open.
func readTable(table, local, remote string) (uid int, ok bool) {
	for line := range strings.Lines(table) {
		// sl local remote st queues timer retransmits uid timeout inode ...
		f := strings.Fields(line)
		if len(f) < 10 || f[1] != local || f[2] != remote || f[3] == "0A" || f[9] == "0" {
			continue
		}
		uid, err := strconv.Atoi(f[7])
		return uid, err == nil
	}
	return 0, false
}
