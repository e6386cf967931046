// Package unlock knows the command by which a person opens a keystore that refused.
//
// It runs nothing, and what a program cannot fix has no command.
package unlock

import (
	"errors"
	"runtime"

	"github.com/credential-iam/credential-iam/keystore"
)

// World is what the command depends on.
type World struct {
	Getenv func(string) string
	// LookPath finds a program as exec.LookPath does.
	LookPath func(name string) (string, error)
}

// Command returns the command for an error of package keystore, "" where none is
// known. A desktop asks for the password by itself when a program of a terminal wants
// to read; without one the daemon reads it from standard input.
func (w World) Command(refused error) string {
	if fix := keystore.Fix(refused); fix != "" {
		return fix
	}
	if !errors.Is(refused, keystore.ErrLocked) || runtime.GOOS == "windows" {
		return ""
	}
	if w.Getenv("DISPLAY") != "" || w.Getenv("WAYLAND_DISPLAY") != "" {
		return "credential-iam source list"
	}
	if _, err := w.LookPath("gnome-keyring-daemon"); err != nil {
		return ""
	}
	return "gnome-keyring-daemon --replace --unlock"
}
