package iam

import (
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
)

// TestConnection has the errors of Linux and of Windows: what is refused is refused at
// once and in the same words.
func TestConnection(t *testing.T) {
	for _, c := range []struct {
		call    string
		err     syscall.Errno
		message string
		fatal   bool
	}{
		{"connect", syscall.ECONNREFUSED, "connection refused", true},
		{"connectex", 10061, "connection refused", true},
		{"read", syscall.ECONNRESET, "the connection was cut", false},
		{"wsarecv", 10054, "the connection was cut", false},
		{"wsasend", 10053, "the connection was cut", false},
		{"connect", syscall.ETIMEDOUT, "no answer in time", false},
		{"connectex", 10060, "no answer in time", false},
	} {
		err := &url.Error{Op: "Post", URL: "https://x", Err: &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError(c.call, c.err)}}
		var f failure
		f.network(err)
		if f.message != c.message || f.fatal != c.fatal || !f.offline {
			t.Errorf("%s %d: %q, fatal %v", c.call, c.err, f.message, f.fatal)
		}
	}
}
