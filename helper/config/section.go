package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// fallbackKey is the one key that belongs to the section "iam" alone.
const fallbackKey = "fallback"

// errOwnDelegates says that delegates lead nowhere.
var errOwnDelegates = errors.New("delegates lead to a service account, but serviceAccount is \"" + Own + "\", the source identity itself")

// section is one entry below "plugins" that configures the helpers. A mistake in
// it is kept, and becomes an error for the hosts that the section concerns only.
// Its values are read when they are needed.
type section struct {
	// file is the path of the file that it is in.
	file       string
	name       string
	pattern    host.Pattern
	patternErr error
	raw        []byte
	values     map[string]string
	// err is the first mistake in the section: its name, a key, a value.
	err error
	// below is the machine's section of the same name: its keys count where this
	// one has none.
	below *section
}

// newSection reads the name of a section.
func newSection(file, name string, raw []byte) *section {
	s := &section{file: file, name: name, raw: raw}
	if name != Name {
		s.pattern, s.patternErr = parseName(name)
	}
	return s
}

// read reads the values, once.
func (s *section) read() {
	if s.values != nil {
		return
	}
	s.values, s.err = map[string]string{}, s.patternErr
	if wire.Kind(s.raw) != '{' {
		s.mistake(fmt.Errorf("it is a JSON %s instead of an object of strings", wire.Type(wire.Kind(s.raw))))
		return
	}
	raw := map[string][]byte{}
	for key, value := range wire.Members(s.raw) {
		raw[key] = value
	}
	// In order, so that of several mistakes the same one is reported every time.
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		v, err := s.member(key, raw[key])
		if err != nil {
			s.mistake(err)
		}
		if raw[key][0] == '"' {
			s.values[key] = v
		}
	}
	if s.values["serviceAccount"] == Own && s.values["delegates"] != "" {
		s.mistake(errOwnDelegates)
	}
}

// of returns the section that gives a key its value, nil if none does.
func (s *section) of(key string) *section {
	for ; s != nil; s = s.below {
		if s.read(); s.err == nil {
			if _, ok := s.values[key]; ok {
				return s
			}
		}
	}
	return nil
}

// member returns the value of a key, and what is wrong with it.
func (s *section) member(key string, raw []byte) (value string, err error) {
	if raw[0] != '"' {
		return "", fmt.Errorf("%s is a JSON %s; every value must be a string, docker stops reading the file at anything else", helper.OneLine(key, 60), wire.Type(raw[0]))
	}
	value = wire.String(raw)
	if err := checkKey(key, value); err != nil {
		return value, err
	}
	if key == fallbackKey && s.name != Name {
		return value, fmt.Errorf("%s belongs into the section %q alone", fallbackKey, Name)
	}
	return value, nil
}

// mistake keeps the first mistake.
func (s *section) mistake(err error) {
	if s.err == nil {
		s.err = err
	}
}

// parseName reads the name of a section other than "iam".
func parseName(name string) (host.Pattern, error) {
	rest, ok := strings.CutPrefix(name, Name+"@")
	if !ok {
		return host.Pattern{}, fmt.Errorf("a section is named %q or %q", Name, Name+"@HOST[:PORT][/PATH]")
	}
	return host.ParsePattern(rest)
}
