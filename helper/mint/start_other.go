//go:build !linux

package mint

import "os/exec"

// Start starts cmd as an adapter starts the core.
func Start(cmd *exec.Cmd) error { return cmd.Start() }
