package config

import (
	"errors"
	"slices"
	"strings"
)

// What a program needs that writes the configuration.

// IsSection reports whether a name below "plugins" is that of a section.
func IsSection(name string) bool {
	return name == Name || strings.HasPrefix(name, Name+"@")
}

// CheckSection returns why a name below "plugins" is not that of a section.
func CheckSection(name string) error {
	if name == Name {
		return nil
	}
	_, err := parseName(name)
	return err
}

// CheckValue returns why value cannot be the value of the configuration's key, in
// words that do not name the key; nil for a good value. An unknown key is an
// error too.
func CheckValue(key, value string) error {
	err := checkKey(key, value)
	if v := (valueError{}); errors.As(err, &v) {
		return v.cause
	}
	return err
}

// SectionError returns the first mistake in a section, by the section's name, or
// nil.
func (c *Config) SectionError(name string) error {
	for f := c; f != nil; f = f.machine {
		if slices.Contains(f.near, name) {
			return f.misnamed(name)
		}
	}
	s := c.section(name)
	if s == nil {
		return nil
	}
	if _, err := c.values(s); err != nil {
		return err
	}
	return c.twin(s)
}
