package iam

import (
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
)

// What a system says of a connection: a POSIX one in its own numbers, Windows in those
// of Winsock (WSAECONNREFUSED and so on). Go's ECONNREFUSED is there a name that no call
// returns, and elsewhere no error has a number that high.

// isRefused reports whether nobody listens there.
func isRefused(err error) bool { return oneOf(err, syscall.ECONNREFUSED, syscall.Errno(10061)) }

// isCut reports whether a connection ended before its time.
func isCut(err error) bool {
	return oneOf(err, io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, syscall.Errno(10054), syscall.Errno(10053))
}

// isTimeout reports whether there was no answer in time.
func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout() || oneOf(err, syscall.ETIMEDOUT, syscall.Errno(10060))
}

func oneOf(err error, all ...error) bool {
	return slices.ContainsFunc(all, func(e error) bool { return errors.Is(err, e) })
}
