//go:build !linux && !darwin && !windows

package adapter

// process knows no process.
func process(int) (name string, parent int, ok bool) { return "", 0, false }
