package issuer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

const programPrefix = "credential-iam-issuer-"

// checkName refuses what is not a plugin's name: letters a to z, digits and
// hyphens, so that no name leads to another folder.
func checkName(name string) error {
	if name == "" || len(name) > 64 || strings.HasPrefix(name, "-") {
		return fmt.Errorf("%q is not a plugin's name (a to z, 0 to 9 and hyphens)", clip(name))
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return fmt.Errorf("%q is not a plugin's name (a to z, 0 to 9 and hyphens)", clip(name))
		}
	}
	return nil
}

// nameOf returns the plugin's name of a program's file name.
func nameOf(program string) (string, error) {
	name, ok := strings.CutPrefix(strings.TrimSuffix(program, ".exe"), programPrefix)
	if !ok {
		return "", fmt.Errorf("%q does not begin with %s", program, programPrefix)
	}
	return name, checkName(name)
}

// program returns the file name of a plugin.
func program(name string) string {
	if runtime.GOOS == "windows" {
		return programPrefix + name + ".exe"
	}
	return programPrefix + name
}

// DefaultDirs returns the folders where plugins are looked for, in order:
// beside the core's executable (links resolved), ../libexec/credential-iam seen
// from there, and the user's own plugin folder, $XDG_DATA_HOME/credential-iam/issuers
// (~/.local/share/credential-iam/issuers; on Windows %LOCALAPPDATA%\credential-iam\issuers).
func DefaultDirs(executable string, env helper.Env) []string {
	var dirs []string
	if real, err := filepath.EvalSymlinks(executable); err == nil && filepath.IsAbs(real) {
		dir := filepath.Dir(real)
		dirs = append(dirs, dir, filepath.Join(filepath.Dir(dir), "libexec", "credential-iam"))
	}
	if dir := userDir(env); dir != "" {
		dirs = append(dirs, dir)
	}
	return dirs
}

// Installed returns the names of the plugins in the folders, in their order. A folder
// that cannot be read has none.
func Installed(dirs []string) (names []string) {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if name, err := nameOf(e.Name()); err == nil {
				names = append(names, name)
			}
		}
	}
	return names
}

func userDir(env helper.Env) string {
	if env.Getenv == nil {
		return ""
	}
	data := env.Getenv("XDG_DATA_HOME")
	if runtime.GOOS == "windows" {
		data = env.Getenv("LOCALAPPDATA")
	} else if !filepath.IsAbs(data) && env.HomeDir != "" {
		// The base directory specification: a relative path is ignored.
		data = filepath.Join(env.HomeDir, ".local", "share")
	}
	if !filepath.IsAbs(data) {
		return ""
	}
	return filepath.Join(data, "credential-iam", "issuers")
}

// find returns the path of a plugin in the first folder that has one. A plugin
// that is found and may not be started is an error, never a reason to look on.
func find(name string, dirs []string) (string, error) {
	if err := checkName(name); err != nil {
		return "", &helper.Error{
			Who: helper.User, Op: "find issuer plugin", Object: clip(name), Reason: err.Error(), Code: "bad-name", Cause: err,
		}
	}
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) {
			continue
		}
		path := filepath.Join(dir, program(name))
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", &helper.Error{Who: helper.User, Op: "find issuer plugin", Object: name, Reason: err.Error(), Hint: helper.ListFolderCommand(path), Cause: err}
		}
		return path, nil
	}
	e := &helper.Error{
		Who: helper.User, Op: "find issuer plugin", Object: name, Code: "plugin-missing", Cause: fs.ErrNotExist,
		Reason: fmt.Sprintf("%s is not in any of %s", program(name), strings.Join(dirs, ", ")),
	}
	if near := helper.Misspelled(name, Installed(dirs)); near != "" {
		e.Reason += "; did you mean " + strconv.Quote(near) + "?"
	}
	if n := len(dirs); n > 0 {
		e.Hint = helper.InstallCommand(program(name), filepath.Join(dirs[n-1], program(name)))
	}
	return "", e
}
