package keystore

import (
	"os"
	"path/filepath"
)

// lockDir makes and returns the folder of the locks; %LOCALAPPDATA% is private
// to the user and never roams.
func lockDir(getenv func(string) string) (string, error) {
	base := getenv("LOCALAPPDATA")
	if !filepath.IsAbs(base) {
		return "", unavailable("LOCALAPPDATA is not set")
	}
	dir := filepath.Join(base, "credential-iam")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", unavailable(err.Error())
	}
	return dir, nil
}

// lockDirs returns the folder of the locks.
func lockDirs(getenv func(string) string) []string {
	if dir, err := lockDir(getenv); err == nil {
		return []string{dir}
	}
	return nil
}

// isOwn is true: there are no pipes among files here, and access lists say whose it is.
func isOwn(string) bool { return true }
