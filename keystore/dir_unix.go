//go:build unix

package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
)

// runtimeDirs returns our folders, made or not, below the runtime folder of this
// user: the one that the environment names, and the one that systemd makes, which
// cron and sudo do not name.
func runtimeDirs(getenv func(string) string) []string {
	var dirs []string
	for _, base := range []string{getenv("XDG_RUNTIME_DIR"), userRuntimeDir()} {
		dir := filepath.Join(base, "credential-iam")
		if filepath.IsAbs(base) && !slices.Contains(dirs, dir) && checkOwn(base, 0o022) == nil {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func userRuntimeDir() string { return "/run/user/" + strconv.Itoa(os.Geteuid()) }

// temporaryDir is where every user may make a folder. Not $TMPDIR, which differs
// between the sessions of one user.
func temporaryDir() string {
	if runtime.GOOS == "darwin" {
		return os.TempDir() // per user there
	}
	return "/tmp"
}

// lockDir makes and returns the folder of the locks. Not below $HOME, which may
// be a network file system that cannot lock.
func lockDir(getenv func(string) string) (string, error) {
	for _, dir := range runtimeDirs(getenv) {
		if ownDir(dir) == nil {
			return dir, nil
		}
	}
	return ownDirIn(temporaryDir())
}

// lockDirs returns the folders that lockDir could have returned in another
// environment, if they are there.
func lockDirs(getenv func(string) string) []string {
	dirs := ownDirsIn(temporaryDir())
	for _, dir := range runtimeDirs(getenv) {
		if checkOwn(dir, 0o077) == nil {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// ownDir makes a folder that is this user's alone, or checks that it is one.
// Another user could have made it first, or a link in its place.
func ownDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return unavailable(err.Error())
	}
	return checkOwn(dir, 0o077)
}

// checkOwn checks that dir is a folder of this user's, with none of the
// permissions in denied.
func checkOwn(dir string, denied fs.FileMode) error {
	st, err := os.Lstat(dir)
	if err != nil {
		return unavailable(err.Error())
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	switch {
	case !st.IsDir():
		return unavailable(strconv.Quote(dir) + " is not a folder")
	case !ok || int(sys.Uid) != os.Geteuid():
		return unavailable(strconv.Quote(dir) + " belongs to another user")
	case st.Mode().Perm()&denied != 0:
		return unavailable(strconv.Quote(dir) + " is open to others (chmod 700)")
	}
	return nil
}

// isOwn reports whether a folder is this user's alone.
func isOwn(dir string) bool { return checkOwn(dir, 0o077) == nil }
