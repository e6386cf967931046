package toolconfig

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// program is the program that every tool runs, under whatever name.
const program = "credential-iam-client"

// World is what is looked at and changed.
type World struct {
	Env helper.Env
	// Environ is the environment of a tool; nil is that of this process.
	Environ []string
	// LookPath finds a program as exec.LookPath does.
	LookPath func(name string) (string, error)
	// Bin is the folder of the installed programs.
	Bin string
	// LinkDir is the folder of the links that are made; empty means the default.
	LinkDir string
}

// home returns a path below the person's home folder.
func (w World) home(op string, parts ...string) (string, error) {
	if w.Env.HomeDir == "" {
		return "", failure(op, parts[len(parts)-1], "there is no home folder", helper.SetCommand("HOME", "DIR"))
	}
	return filepath.Join(append([]string{w.Env.HomeDir}, parts...)...), nil
}

// installed returns the path of one of our programs: beside this one, since a tool
// that an editor or a daemon starts has another PATH, or on the PATH.
func (w World) installed(name string) (string, error) {
	file := executable(name)
	if path := filepath.Join(w.Bin, file); w.Bin != "" && filepath.IsAbs(path) {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path, nil
		}
	}
	if path, err := w.LookPath(file); err == nil && filepath.IsAbs(path) {
		return path, nil
	}
	return "", failure("find", name, "it is neither beside credential-iam nor on the PATH; nothing was changed", "./install.sh")
}

// onPath returns a note for a tool that looks for a program on the PATH alone, where
// it is not there.
func (w World) onPath(tool, name string) []string {
	if _, err := w.LookPath(name); err == nil || w.Bin == "" {
		return nil
	}
	return []string{name + " is not on the PATH, and " + tool + " looks for it nowhere else; run: " + helper.PathCommand(w.Bin)}
}

func executable(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// base returns the name of a program without its folder and ending, on any system.
func base(path string) string {
	path = path[strings.LastIndexAny(path, `/\`)+1:]
	return strings.TrimSuffix(path, ".exe")
}

// failure returns an error for a person.
func failure(op, object, reason, hint string) error {
	return &helper.Error{Who: helper.User, Op: op, Object: object, Reason: reason, Hint: hint, Code: "configure"}
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

func isFolder(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.IsDir()
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}
