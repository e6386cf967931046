package configure

import (
	"bytes"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/record"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// The outermost names of the settings in a file of docker's form.
const (
	credHelpers = "credHelpers"
	plugins     = "plugins"
)

// edited is one file of docker's form.
type edited struct {
	file     *files.File
	old, doc *dockerconfig.Document
	// exact is the text that it becomes where that is known to the byte; gone says that
	// there is to be no file.
	exact []byte
	gone  bool
}

// open reads a file of docker's form. One that is opened twice is one file.
func (p *plan) open(path string) (*edited, error) {
	if helper.LooksSecret(path) {
		return nil, failure("read", "a file", helper.NotShown, "")
	}
	file, err := files.Read(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	for _, f := range p.files {
		if f.file.Target() == file.Target() {
			return f, nil
		}
	}
	old, err := dockerconfig.Parse(file.Raw)
	if err != nil {
		return nil, failure("edit", file.Path, err.Error()+"; nothing was changed", helper.EditCommand(file.Path))
	}
	doc, err := dockerconfig.Parse(file.Raw)
	if err != nil {
		return nil, err
	}
	f := &edited{file: file, old: old, doc: doc}
	p.files = append(p.files, f)
	return f, nil
}

// content returns what the file is to hold, nil for no file.
func (f *edited) content() []byte {
	switch {
	case f.gone, !f.file.Exists() && f.doc.Empty():
		return nil
	case f.exact != nil:
		return f.exact
	case !f.touched():
		return f.file.Raw
	}
	return f.doc.Bytes()
}

// touched reports whether the text was edited. One without any value has another form
// then.
func (f *edited) touched() bool { return !bytes.Equal(f.doc.Bytes(), f.old.Bytes()) }

func (f *edited) changed() bool {
	content := f.content()
	return !bytes.Equal(content, f.file.Raw) || (content == nil) == f.file.Exists()
}

// settings are what differs between the two texts as docker reads them.
func (f *edited) settings() []record.Setting {
	var all []record.Setting
	add := func(key []string, old, now map[string]string) {
		for _, name := range keysOf(old, now) {
			s := record.Setting{Key: append(key[:len(key):len(key)], name), Old: valueOf(old, name), New: valueOf(now, name)}
			if s.Old == nil || s.New == nil || *s.Old != *s.New {
				all = append(all, s)
			}
		}
	}
	add([]string{credHelpers}, f.old.Helpers(), f.doc.Helpers())
	sections := map[string]string{}
	for _, name := range append(f.old.Sections(config.IsSection), f.doc.Sections(config.IsSection)...) {
		sections[name] = ""
	}
	for _, name := range keysOf(sections) {
		add([]string{plugins, name}, f.old.Section(name), f.doc.Section(name))
	}
	return all
}

func valueOf(m map[string]string, key string) *string {
	if v, ok := m[key]; ok {
		return &v
	}
	return nil
}
