package helper

import (
	"net/netip"
	"strconv"
	"strings"
)

// Client is the program that asks.
type Client string

// The two clients; each has hosts of its own.
const (
	Docker Client = "docker"
	Git    Client = "git"
)

// Request is what a client asked for, as it wrote it.
type Request struct {
	Client Client
	// Protocol is "https" or "http".
	Protocol string
	// Host is HOST or HOST:PORT.
	Host string
	// Path is the path below the host without its leading slash, if the client
	// sends one.
	Path string
}

// endpoint is a host in comparable form: lower case, its port apart. The port
// is empty where it is the protocol's own.
type endpoint struct{ host, port string }

// parseEndpoint reads HOST or HOST:PORT. Only letters, digits, hyphens,
// underscores and dots make a host, or an address in brackets; everything else,
// a percent sign or a user name say, is not a host. A trailing dot is kept and
// so makes another host (git and TLS disagree on what it means).
func parseEndpoint(protocol, s string) (endpoint, bool) {
	if s == "" || len(s) > 255 {
		return endpoint{}, false
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return endpoint{}, false
		}
		host, port = s[:end+1], s[end+1:]
		if a, err := netip.ParseAddr(host[1:end]); err != nil || !a.Is6() || a.Zone() != "" {
			return endpoint{}, false
		}
		if port != "" && port[0] != ':' {
			return endpoint{}, false
		}
		port = strings.TrimPrefix(port, ":")
		if strings.HasSuffix(s, ":") {
			return endpoint{}, false
		}
	} else {
		var colon bool
		host, port, colon = strings.Cut(s, ":")
		if colon && port == "" || !hostName(host) {
			return endpoint{}, false
		}
	}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return endpoint{}, false
		}
	}
	if (protocol == "https" && port == "443") || (protocol == "http" && port == "80") {
		port = ""
	}
	return endpoint{strings.ToLower(host), port}, true
}

// hostName reports whether every byte of s can stand in a host name.
func hostName(s string) bool {
	return s != "" && s[0] != '.' && s[0] != '-' && strings.Trim(s, alphanumeric+"-_.") == ""
}

// String returns HOST or HOST:PORT.
func (e endpoint) String() string {
	if e.port == "" {
		return e.host
	}
	return e.host + ":" + e.port
}

// Loopback reports whether a host without its port is this machine, by address,
// in brackets or not, or by the name that RFC 6761 reserves for it.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
