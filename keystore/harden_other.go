//go:build !unix

package keystore

// Harden has nothing to do on this system.
func Harden() (inherit func()) { return func() {} }
