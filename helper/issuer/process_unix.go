//go:build unix

package issuer

import (
	"os"
	"syscall"
)

// group is a process group, led by the plugin.
type group int

func newGroup(p *os.Process) group { return group(p.Pid) }

func (g group) kill() { _ = syscall.Kill(-int(g), syscall.SIGKILL) }

func (group) close() {}

// killOwnGroup ends the children of a plugin with itself, if it leads a group.
func killOwnGroup() {
	if syscall.Getpgrp() == os.Getpid() {
		_ = syscall.Kill(0, syscall.SIGKILL)
	}
}

func neutralDir(string) string { return "/" }

func platformEnv() []string { return nil }
