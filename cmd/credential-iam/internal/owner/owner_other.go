//go:build !unix

package owner

import (
	"io/fs"
	"os"
)

// foreign is false: a new file inherits its access rights from its folder.
func foreign() bool { return false }

func give(*os.File, fs.FileInfo) error { return nil }

func made(string) *os.File { return nil }

// Watch is a file that another program, run by this one, is about to replace.
type Watch struct{}

// Before does nothing.
func Before(string) *Watch { return nil }

// Close does nothing.
func (*Watch) Close() {}

// Restore does nothing.
func (*Watch) Restore() error { return nil }
