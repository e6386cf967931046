//go:build unix

package keystore

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A folder of this user in one where every user may make some has a name that
// others know, credential-iam-UID, and another user may have taken it. Then there
// are as many more as it takes: credential-iam-UID-1, -2, ... The first that is
// this user's is the one; nobody else can remove it or make one in our name, so
// that all our processes find the same.

// ownDirIn makes and returns our folder in base.
func ownDirIn(base string) (string, error) {
	first := filepath.Join(base, ownName())
	err := ownDir(first)
	if _, missing := os.Lstat(first); err == nil || missing != nil {
		return first, err
	}
	for range 100 { // others take numbers while we look
		n, ours := scanOwn(base)
		if len(ours) > 0 {
			return ours[0], nil
		}
		dir := first + "-" + strconv.Itoa(n)
		if ownDir(dir) == nil {
			return dir, nil
		}
	}
	return "", err
}

// ownDirsIn returns our folders in base, the first one first. None is made.
func ownDirsIn(base string) []string {
	var dirs []string
	if first := filepath.Join(base, ownName()); checkOwn(first, 0o077) == nil {
		dirs = append(dirs, first)
	}
	_, more := scanOwn(base)
	return append(dirs, more...)
}

func ownName() string { return "credential-iam-" + strconv.Itoa(os.Geteuid()) }

// scanOwn returns the first number that nobody has taken, and the folders with a
// number that are ours, in order.
func scanOwn(base string) (free int, ours []string) {
	d, err := os.Open(base)
	if err != nil {
		return 1, nil
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	var taken []int
	for _, name := range names {
		suffix, ok := strings.CutPrefix(name, ownName()+"-")
		if n, err := strconv.Atoi(suffix); ok && err == nil && n > 0 && strconv.Itoa(n) == suffix {
			taken = append(taken, n)
		}
	}
	slices.Sort(taken)
	free = 1
	for _, n := range taken {
		if n == free {
			free++
		}
		if dir := filepath.Join(base, ownName()+"-"+strconv.Itoa(n)); checkOwn(dir, 0o077) == nil {
			ours = append(ours, dir)
		}
	}
	return free, ours
}
