package keystore

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/blake2s"
)

// A runtime folder can be anywhere: XDG_RUNTIME_DIR says where, and who purges
// may have another one or none. So a store in a folder that is known by that
// variable alone leaves a symbolic link to it, HEX.at, where everybody finds it,
// in our folder on /dev/shm, else on /tmp. Nobody follows the link: it is read,
// and the folder that it names must be this user's and in memory as any other.
const atSuffix = ".at"

// tellElsewhere leaves the link, where one is needed. It is a courtesy.
func tellElsewhere(dir string) {
	if filepath.Dir(dir) == userRuntimeDir() || strings.HasPrefix(filepath.Base(dir), ownName()) {
		return
	}
	sum := blake2s.Sum256([]byte(dir))
	name := hex.EncodeToString(sum[:16]) + atSuffix
	for _, base := range []string{shm, temporaryDir()} {
		own, err := ownDirIn(base)
		if err != nil {
			continue
		}
		err = os.Symlink(dir, filepath.Join(own, name))
		if err == nil {
			readLinks(own) // sweeps
		}
		if err == nil || errors.Is(err, fs.ErrExist) {
			return
		}
	}
}

// elsewhere returns the folders that links were left to.
func elsewhere() []string {
	var dirs []string
	for _, base := range []string{shm, temporaryDir()} {
		for _, own := range ownDirsIn(base) {
			dirs = append(dirs, readLinks(own)...)
		}
	}
	return dirs
}

// readLinks returns what the links in one of our folders name, and removes those
// whose folder is gone.
func readLinks(own string) []string {
	links, _ := filepath.Glob(filepath.Join(own, "*"+atSuffix))
	var dirs []string
	for _, link := range links {
		dir, err := os.Readlink(link)
		if err != nil {
			continue
		}
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			_ = os.Remove(link)
			continue
		}
		dirs = append(dirs, dir)
	}
	return dirs
}
