//go:build !unix

package files

// mine is true: rights are given by lists there, and the owner has them.
func mine(string) bool { return true }
