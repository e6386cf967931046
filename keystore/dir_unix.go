//go:build unix

package keystore

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// runtimeDir returns our folder below $XDG_RUNTIME_DIR, or "" where that is not
// set to a folder of this user's own.
func runtimeDir(getenv func(string) string) string {
	base := getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(base) || checkOwn(base, 0o022) != nil {
		return ""
	}
	return filepath.Join(base, "credential-iam")
}

// lockDir makes and returns the folder of the locks. Not below $HOME, which may
// be a network file system that cannot lock, and not $TMPDIR, which differs
// between the sessions of one user.
func lockDir(getenv func(string) string) (string, error) {
	if dir := runtimeDir(getenv); dir != "" && ownDir(dir) == nil {
		return dir, nil
	}
	base := "/tmp"
	if runtime.GOOS == "darwin" {
		base = os.TempDir() // per user there
	}
	dir := filepath.Join(base, "credential-iam-"+strconv.Itoa(os.Geteuid()))
	return dir, ownDir(dir)
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
