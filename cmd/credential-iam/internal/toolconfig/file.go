package toolconfig

import (
	"bytes"
	"errors"
	"fmt"
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
		return nil, unread(path, err)
	}
	if at := bytes.IndexByte(f.Raw, 0); at >= 0 {
		return nil, unreadable(f.Path, fmt.Sprintf("line %d has a NUL in it, as a text in UTF-16 has: save it in UTF-8", 1+bytes.Count(f.Raw[:at], []byte("\n"))))
	}
	return &file{f, newText(f.Raw)}, nil
}

// unread is the error of a file that cannot be read.
func unread(path string, err error) error {
	hint := helper.ListCommand(path)
	if e := (*files.Error)(nil); errors.As(err, &e) {
		hint = e.Fix
	}
	return failure("read", path, err.Error()+"; nothing was changed", hint)
}

// unreadable is the error of a file that the tool would not read either.
func unreadable(path, why string) error {
	return failure("edit", path, why+"; nothing was changed", helper.EditCommand(path))
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
	text := string(diff.Diff(f.Path, redacted(f.Raw, mine), f.Path, redacted(content, mine)))
	if content == nil && f.Linked() { // behind a link there was a file
		content = []byte{}
	}
	return []Step{{Step: &files.Change{File: f.File, Content: content}, Changes: changes, Diff: text}}
}

// first returns the first word of a value: what follows may be a secret.
func first(value string) []string {
	if word, _, _ := strings.Cut(strings.TrimSpace(value), " "); word != "" {
		return []string{word}
	}
	return nil
}
