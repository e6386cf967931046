package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// inFile is a credential file.
var inFile = place{
	name: "file", argument: "PATH",
	check: func(path string) error {
		if filepath.IsAbs(path) || strings.HasPrefix(path, "~/") {
			return nil
		}
		return fmt.Errorf("%q: the path must be absolute or start with ~/, because clients run the helper in any folder", helper.OneLine("file:"+path, 120))
	},
	find: func(_ context.Context, f Finder, path string) (helper.Source, error) {
		named := func() (by, fix string) { return f.NamedBy("file:" + path) }
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			return fileSource(f.Env, filepath.Join(f.Env.HomeDir, rest), bySource, named)
		}
		return fileSource(f.Env, path, bySource, named)
	},
}

// fileSource returns the identity in a file. For a file that cannot be used,
// named says what named it and the command that fixes that; without one the
// command lists the file. A mistake in a credential file is fixed in that file.
func fileSource(env helper.Env, path, from string, named func() (by, fix string)) (helper.Source, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		abs = path // reading it fails likewise
	}
	var d *Document
	b, err := helper.ReadFile(abs, MaxDocument)
	wrong := err == nil // what is in it, where that cannot be used
	if err == nil {
		d, err = Parse(b)
	}
	if err == nil {
		err = d.Known()
	}
	if err != nil && helper.LooksSecret(path) {
		by, fix := named()
		e := missing("the file named by "+by, helper.NotShown, fix)
		e.Cause = err
		return helper.Source{}, e
	}
	if err != nil {
		by, fix := named()
		if wrong && !Foreign(err) && fix != LoginADC { // a sign-in rewrites that file
			fix = helper.EditCommand(abs)
		}
		return helper.Source{}, fileError(abs, meant(env, path), by, fix, err)
	}
	return d.sourceIn(env, helper.Source{Kind: "file", Path: abs, From: from}), nil
}

// fileError is the error of a file that cannot be used. Where it cannot be read,
// or is not a file, the command lists what is there; a variable that names a folder is
// to be unset, and one that begins with ~ gets the path that was meant, tilde.
func fileError(path, tilde, by, fix string, err error) *helper.Error {
	switch {
	case errors.Is(err, helper.ErrPipe):
		fix = "credential-iam source add NAME --from " + helper.ShellWord(path)
	case errors.Is(err, helper.ErrNotRegular) && by != Variable:
		fix = helper.ListFolderCommand(path)
	case errors.Is(err, fs.ErrPermission):
		fix = ""
	case tilde != "" && errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w: it begins with ~, which a shell replaces only outside quotes", err)
		fix = helper.SetCommand(Variable, tilde)
	}
	if fix == "" {
		fix = helper.ListCommand(path)
	}
	e := missing(path, err.Error()+" (named by "+by+")", fix)
	e.Cause = err
	return e
}

// meant returns the path that a variable beginning with ~ was to have, "" for another.
func meant(env helper.Env, path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok || env.HomeDir == "" {
		return ""
	}
	return filepath.Join(env.HomeDir, rest)
}
