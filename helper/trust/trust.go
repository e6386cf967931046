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
// have changed anything. Windows says that in access lists. The package is not an API and imports nothing of
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
	if real, st, e = file(path, Ours, true); e == nil && !executable(st) {
		e = notExecutable(real)
	}
	return real, st, e
}

// File checks a file. It returns its path without links and what was found there.
func File(path string, who Who) (real string, st os.FileInfo, e *Error) {
	return file(path, who, false)
}

func file(path string, who Who, program bool) (real string, st os.FileInfo, e *Error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path, nil, refuse(helper.ListCommand(path), "%v", err)
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return path, nil, refuse(helper.ListFolderCommand(filepath.Dir(path)), "%v", err)
	}
	if e := checkFolder(folder, who, program); e != nil {
		return real, nil, e
	}
	if own := filepath.Dir(real); own != folder {
		if e := checkFolder(own, who, program); e != nil {
			return real, nil, e
		}
	}
	st, err = os.Lstat(real)
	if err != nil {
		return real, nil, refuse(helper.ListCommand(real), "%v", err)
	}
	return real, st, Check(real, st, who)
}

// Check checks who can write what was found at a path, which has no links.
func Check(real string, st os.FileInfo, who Who) *Error {
	if !st.Mode().IsRegular() {
		return refuse(helper.ListCommand(real), "it is not a regular file")
	}
	return checkFile(real, st, who)
}
