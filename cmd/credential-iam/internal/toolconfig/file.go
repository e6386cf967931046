package toolconfig

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/helper"
)

// file is a tool's file: read once, edited as lines.
type file struct {
	*files.File
	text text
}

// read reads a file; one that does not exist is empty. No tool takes one that has NUL
// in it, as UTF-16 has.
func read(path string) (*file, error) {
	f, err := files.Read(path)
	if err != nil {
		return nil, failure("read", path, err.Error()+"; nothing was changed", "ls -l "+helper.ShellWord(path))
	}
	if bytes.IndexByte(f.Raw, 0) >= 0 {
		return nil, unreadable(f.Path, "it is not a text in UTF-8")
	}
	return &file{f, newText(f.Raw)}, nil
}

// unreadable is the error of a file that the tool would not read either.
func unreadable(path, why string) error {
	return failure("edit", path, why+"; nothing was changed", "${EDITOR:-vi} "+helper.ShellWord(path))
}

// mark is a function that knows our lines.
type mark = func(t text, i int, line string) bool

// steps returns what gives the file its new text, nothing where that is the old one.
func (f *file) steps(now text, mine mark, changes ...Change) []Step {
	content := now.bytes()
	if bytes.Equal(content, f.Raw) && (content == nil) == (f.Raw == nil) {
		return nil
	}
	for i := range changes {
		changes[i].File = f.Path
	}
	return []Step{{
		Changes: changes,
		Diff:    string(diff.Diff(f.Path, redacted(f.Raw, mine), f.Path, redacted(content, mine))),
		Do: func(context.Context) error {
			err := f.put(f.File, content)
			if err == nil || errors.Is(err, files.ErrChanged) {
				return err
			}
			return failure("write", f.Path, err.Error(), "ls -ld "+helper.ShellWord(filepath.Dir(f.Path)))
		},
		Undo: func(context.Context) error {
			again, err := files.Read(f.Path)
			if err != nil || !bytes.Equal(again.Raw, content) {
				return err
			}
			return f.put(again, f.Raw)
		},
	}}
}

// put writes the content, or removes the file. What a symbolic link leads to becomes
// empty instead.
func (f *file) put(old *files.File, content []byte) error {
	st, err := os.Lstat(f.Path)
	if content == nil && (err != nil || st.Mode().IsRegular()) {
		return old.Remove()
	}
	return old.Write(content)
}

// first returns the first word of a value: what follows may be a secret.
func first(value string) []string {
	if word, _, _ := strings.Cut(strings.TrimSpace(value), " "); word != "" {
		return []string{word}
	}
	return nil
}
