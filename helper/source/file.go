package source

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/credential-iam/credential-iam/helper"
)

// fileSource names the identity in a file. named says, of one that is of no use,
// who named it and what fixs that; without a command the file is looked at.
func fileSource(path, from string, named func() (by, fix string)) (helper.Source, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path // reading it fails likewise
	}
	var print string
	b, err := helper.ReadFile(abs, helper.MaxFile)
	if err == nil {
		print, err = Fingerprint(b)
	}
	if err != nil {
		by, fix := named()
		return helper.Source{}, fileError(abs, by, fix, err)
	}
	return helper.Source{Kind: "file", Path: abs, From: from, Fingerprint: print}, nil
}

// fileError is the error of a file that is of no use. Who may not read it, or
// finds something else than a file, has to look at what is there.
func fileError(path, by, fix string, err error) *helper.Error {
	switch {
	case errors.Is(err, helper.ErrNotRegular):
		fix = "ls -ld " + helper.ShellWord(path)
	case errors.Is(err, fs.ErrPermission):
		fix = ""
	}
	if fix == "" {
		fix = "ls -l " + helper.ShellWord(path)
	}
	e := missing(path, err.Error()+" (named by "+by+")", fix)
	e.Cause = err
	return e
}
