package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
)

// Book is the record of every file.
type Book struct {
	Files []*Entry `json:"files"`
	// Folders are those that configure made for a file or a link, and Links the links.
	Folders []string `json:"folders,omitempty"`
	Links   []string `json:"links,omitempty"`

	file *files.File
}

// ErrNoPlace says that the environment names no folder for the book.
var ErrNoPlace = errors.New("there is no home folder to keep it in")

// Path returns where the book is, "" where the environment names no folder for it.
func Path(getenv func(string) string, home string) string {
	dir := getenv("XDG_STATE_HOME")
	switch {
	case runtime.GOOS == "windows":
		dir = getenv("LOCALAPPDATA")
	case !filepath.IsAbs(dir) && home != "":
		dir = filepath.Join(home, ".local", "state")
	}
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "credential-iam", name)
}

// Beside returns where the book of the files of a whole machine is.
func Beside(machine string) string { return filepath.Join(filepath.Dir(machine), name) }

const name = "configured.json"

// Open reads the book; one that is not there has no entries.
func Open(path string) (*Book, error) {
	if path == "" {
		return &Book{}, ErrNoPlace
	}
	b := &Book{}
	var err error
	if b.file, err = files.Read(path); err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(b.file.Raw)) == 0 {
		return b, nil
	}
	if err := b.parse(b.file.Raw); err != nil {
		return nil, &files.Error{Path: path, Err: fmt.Errorf("it is not what configure wrote: %w", err), Fix: files.Away(b.file.Path)}
	}
	return b, nil
}

// Find returns the entry of a file, nil if there is none.
func (b *Book) Find(path string) *Entry {
	for _, e := range b.Files {
		if e.Path == path {
			return e
		}
	}
	return nil
}

// Entry returns the entry of a file, a new one if there is none.
func (b *Book) Entry(path string) *Entry {
	if e := b.Find(path); e != nil {
		return e
	}
	e := &Entry{Path: path}
	b.Files = append(b.Files, e)
	return e
}

// Forget removes the entry of a file.
func (b *Book) Forget(path string) {
	b.Files = slices.DeleteFunc(b.Files, func(e *Entry) bool { return e.Path == path })
}

// Step returns what writes the book, nil where nothing in it changes. One that is public
// is beside files that everybody reads, in a folder that everybody reads.
func (b *Book) Step(public bool) files.Step {
	if b.file == nil {
		return nil
	}
	var content []byte
	if len(b.Files)+len(b.Folders)+len(b.Links) > 0 {
		var out bytes.Buffer
		e := json.NewEncoder(&out)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if e.Encode(b) != nil { // texts alone
			return nil
		}
		content = out.Bytes()
	}
	if bytes.Equal(content, b.file.Raw) && (content == nil) == !b.file.Exists() {
		return nil
	}
	return &files.Change{File: b.file, Content: content, Public: public}
}
