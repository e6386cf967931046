package gitconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// GlobalPath returns the file that "git config --global" writes (git-config,
// FILES): $GIT_CONFIG_GLOBAL, else ~/.gitconfig, else
// $XDG_CONFIG_HOME/git/config if only that exists. home is other programs' home, and
// may be empty.
func GlobalPath(getenv func(string) string, home string) string {
	home = homesOf(getenv).home(home)
	if home == "" && getenv("GIT_CONFIG_GLOBAL") == "" {
		return "" // git writes nothing then, though it reads $XDG_CONFIG_HOME
	}
	paths := globalPaths(getenv, home)
	for _, path := range paths {
		if exists(path) {
			return path
		}
	}
	return paths[0]
}

// globalPaths returns the files that git reads as its global configuration where
// they are there; the first is the one that it makes.
func globalPaths(getenv func(string) string, home string) (paths []string) {
	if path := getenv("GIT_CONFIG_GLOBAL"); path != "" {
		return []string{path}
	}
	if home != "" {
		paths = append(paths, filepath.Join(home, ".gitconfig"))
	}
	if xdg := xdgPath(getenv, home); xdg != "" {
		paths = append(paths, xdg)
	}
	return paths
}

// xdgPath returns the second one of them, or "".
func xdgPath(getenv func(string) string, home string) string {
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" && home == "" {
		return ""
	}
	if dir == "" {
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "git", "config")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// regular refuses what is there and no regular file.
func regular(path string) error {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !st.Mode().IsRegular():
		return files.ErrNotRegular
	}
	return nil
}

// IsNull reports whether a path leads to the null device, by which a person says
// that git is to have no global configuration.
func IsNull(path string) bool {
	st, err1 := os.Stat(path)
	null, err2 := os.Stat(os.DevNull)
	return err1 == nil && err2 == nil && os.SameFile(st, null)
}

// checkGlobal refuses a global file that git, run in dir, would wait for. Every
// command of git reads it, "git version" too.
func (g Git) checkGlobal(dir string) error {
	for _, path := range globalPaths(g.environment()) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		if errors.Is(regular(path), files.ErrNotRegular) && !IsNull(path) {
			return fmt.Errorf("git's global file %s: %w", path, files.ErrNotRegular)
		}
	}
	return nil
}

// Dispensable reports whether the file may go once nothing is left in it: git writes to
// another one then, where there is one.
func Dispensable(getenv func(string) string, home string) bool {
	return getenv("GIT_CONFIG_GLOBAL") != "" || !exists(xdgPath(getenv, homesOf(getenv).home(home)))
}

// environment returns git's environment and home.
func (g Git) environment() (getenv func(string) string, home string) {
	cmd := exec.Command(g.Program)
	cmd.Env = g.Environ
	name := func(s string) string { return s }
	if runtime.GOOS == "windows" {
		name = strings.ToUpper
	}
	vars := map[string]string{}
	for _, v := range cmd.Environ() {
		n, value, _ := strings.Cut(v, "=")
		vars[name(n)] = value
	}
	getenv = func(n string) string { return vars[name(n)] }
	return getenv, homesOf(getenv).home(getenv("HOME"))
}
