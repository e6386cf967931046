package host

import (
	"net/netip"
	"strconv"
	"strings"
)

// alphanumeric are the bytes that a host name and a path of a URL take.
const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// maxName is how long a host may be, its port included.
const maxName = 255

// Host is a host in comparable form: lower case, its port apart. The port is
// empty where it is the protocol's own. The zero Host is no host.
type Host struct{ name, port string }

// Parse reads HOST or HOST:PORT of a URL with the protocol "https" or "http". Only letters, digits, hyphens,
// underscores and dots make a host, or an address in brackets; everything else,
// a percent sign or a user name say, is not a host. A trailing dot is kept and
// so makes another host (git and TLS disagree on what it means).
func Parse(protocol, s string) (Host, bool) { return parse(protocol, s, "") }

// parse is Parse with more bytes that a host name may have.
func parse(protocol, s, more string) (Host, bool) {
	if s == "" || len(s) > maxName {
		return Host{}, false
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return Host{}, false
		}
		host, port = s[:end+1], s[end+1:]
		if a, err := netip.ParseAddr(host[1:end]); err != nil || !a.Is6() || a.Zone() != "" {
			return Host{}, false
		}
		if port != "" && port[0] != ':' {
			return Host{}, false
		}
		port = strings.TrimPrefix(port, ":")
		if strings.HasSuffix(s, ":") {
			return Host{}, false
		}
	} else {
		var colon bool
		host, port, colon = strings.Cut(s, ":")
		if colon && port == "" || !hostName(host, more) {
			return Host{}, false
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return Host{}, false
		}
	}
	if (protocol == "https" && port == "443") || (protocol == "http" && port == "80") {
		port = ""
	}
	return Host{strings.ToLower(host), port}, true
}

// hostName reports whether every byte of s is allowed in a host name.
func hostName(s, more string) bool {
	return s != "" && s[0] != '.' && s[0] != '-' && !strings.Contains(s, "..") && strings.Trim(s, alphanumeric+"-_."+more) == ""
}

// String returns HOST or HOST:PORT.
func (h Host) String() string {
	if h.port == "" {
		return h.name
	}
	return h.name + ":" + h.port
}

// Name returns the host without its port.
func (h Host) Name() string { return h.name }

// Loopback reports whether the host is this machine.
func (h Host) Loopback() bool { return Loopback(h.name) }

// Loopback reports whether HOST or HOST:PORT, as in a URL, is this machine, by
// address or by the name that RFC 6761 reserves for it.
func Loopback(host string) bool {
	if port := strings.LastIndexByte(host, ':'); port > strings.LastIndexByte(host, ']') {
		host = host[:port]
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
