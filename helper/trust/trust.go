// Package trust says whether anybody but the user and the administrator can change
// a program or a file.
//
// A program that is started with a token at hand, and a file that decides as whom
// somebody acts, are looked at first: the file itself, the folder that it lies in,
// and each folder above. A link is as trustworthy as its own folder and what it
// leads to.
//
// The package reads modes and owners. What is asked is who can write, never whether
// the content is good; between the look and the use only those who are trusted can
// have changed anything. Windows says that in access lists, which are read for the
// machine's configuration alone. The package is not an API and imports nothing of
// this module but the root's words for a shell.
package trust

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
)

// Who may have written a file.
type Who int

const (
	// Ours are the user and the administrator.
	Ours Who = iota
	// Admin is the administrator alone.
	Admin
)

// Error says why a file is not trusted.
type Error struct {
	// Reason is a phrase about "it"; Hint is a command that fixes or shows it.
	Reason, Hint string
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

func refuse(hint, format string, args ...any) *Error {
	return &Error{fmt.Sprintf(format, args...), hint}
}

// Program checks a program. It returns its path without links and what was found
// there.
func Program(path string) (real string, st os.FileInfo, e *Error) {
	if real, st, e = File(path, Ours); e == nil && !executable(st) {
		e = refuse("chmod u+x "+helper.ShellWord(real), "it is not executable")
	}
	return real, st, e
}

// File checks a file. It returns its path without links and what was found there.
func File(path string, who Who) (real string, st os.FileInfo, e *Error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path, nil, refuse("ls -l "+helper.ShellWord(path), "%v", err)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return path, nil, refuse("ls -ld "+helper.ShellWord(filepath.Dir(path)), "%v", err)
	}
	if e := checkFolder(folder, who); e != nil {
		return real, nil, e
	}
	if own := filepath.Dir(real); own != folder {
		if e := checkFolder(own, who); e != nil {
			return real, nil, e
		}
	}
	st, err = os.Lstat(real)
	if err != nil {
		return real, nil, refuse("ls -l "+helper.ShellWord(real), "%v", err)
	}
	return real, st, Check(real, st, who)
}

// Check checks who can write what was found at a path, which has no links.
func Check(real string, st os.FileInfo, who Who) *Error {
	switch {
	case !st.Mode().IsRegular():
		return refuse("ls -l "+helper.ShellWord(real), "it is not a regular file")
	case loose(st, who):
		return refuse("chmod go-w "+helper.ShellWord(real), "others can change it (mode %04o)", st.Mode().Perm())
	case !owned(real, st, who):
		return refuse("ls -ln "+helper.ShellWord(real), "it belongs %s", notOwned(who))
	}
	return nil
}

// checkFolder checks a file's own folder strictly, and those above it as far as
// they let others replace it: there a sticky bit (/tmp) is enough, because nobody
// can rename what is not his.
func checkFolder(dir string, who Who) *Error {
	for own := true; modesCount; own = false {
		st, err := os.Lstat(dir)
		if err != nil {
			return refuse("ls -ld "+helper.ShellWord(dir), "%v", err)
		}
		mode := st.Mode()
		open := loose(st, who)
		if !own && (mode&os.ModeSticky != 0 || mode.Perm()&0o002 == 0 && adminGroup(st)) {
			open = false
		}
		if open {
			hint := "chmod go-w " + helper.ShellWord(dir)
			if mode&os.ModeSticky != 0 {
				hint = "ls -ld " + helper.ShellWord(dir)
			}
			return refuse(hint, "others can change its folder %s (mode %04o)", dir, mode.Perm())
		}
		if !owned(dir, st, who) {
			return refuse("ls -ldn "+helper.ShellWord(dir), "its folder %s belongs %s", dir, notOwned(who))
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil
		}
		dir = up
	}
	return nil
}

// Private reports whether a folder is there that nobody but the user can open.
func Private(dir string) bool {
	st, err := os.Stat(dir)
	return err == nil && st.IsDir() && st.Mode().Perm() == 0o700 && owned(dir, st, Ours)
}

// loose reports whether others can write what was found.
func loose(st os.FileInfo, who Who) bool {
	perm := st.Mode().Perm()
	return modesCount && (perm&0o002 != 0 || perm&0o020 != 0 && !(who == Ours && ownGroup(st)))
}

func notOwned(who Who) string {
	if who == Admin {
		return "to somebody else than the administrator"
	}
	return "neither to you nor to root"
}
