package record

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"

	"github.com/credential-iam/credential-iam/helper/config"
)

var errForm = errors.New("an entry has another form")

// parse reads the text of a book. What is not of the form that configure writes is an
// error: it would be undone blindly.
func (b *Book) parse(raw []byte) error {
	if err := json.Unmarshal(raw, b); err != nil {
		return err
	}
	for _, path := range slices.Concat(b.Folders, b.Links) {
		if !filepath.IsAbs(path) {
			return errForm
		}
	}
	for i, e := range b.Files {
		if e == nil || !e.sound() || slices.ContainsFunc(b.Files[:i], func(o *Entry) bool { return o.Path == e.Path }) {
			return errForm
		}
	}
	return nil
}

// sound reports whether an entry has the form that configure writes: settings of docker's
// form or of git's, each once.
func (e *Entry) sound() bool {
	if !filepath.IsAbs(e.Path) {
		return false
	}
	for i, s := range e.Settings {
		if !s.sound() || s.git() != e.Settings[0].git() ||
			slices.ContainsFunc(e.Settings[:i], func(o Setting) bool { return !s.git() && slices.Equal(o.Key, s.Key) }) {
			return false
		}
	}
	return true
}

// gitNames are the settings that configure adds to git's file.
var gitNames = map[string][]string{"credential": {"helper", "usehttppath"}, "http": {"postbuffer", "proactiveauth"}}

func (s Setting) git() bool { return gitNames[s.Key[0]] != nil }

func (s Setting) sound() bool {
	if len(s.Key) < 2 || slices.Contains(s.Key, "") || equal(s.Old, s.New) {
		return false
	}
	switch names := gitNames[s.Key[0]]; {
	case names != nil:
		return len(s.Key) == 3 && slices.Contains(names, s.Key[2]) && s.Old == nil && *s.New != ""
	case s.Key[0] == "credHelpers":
		return len(s.Key) == 2
	case s.Key[0] == "plugins":
		return len(s.Key) == 3 && config.IsSection(s.Key[1])
	}
	return false
}
