package config

import (
	"errors"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
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
	_, err := c.values(c.sections[name])
	return err
}

// PathMatters reports whether some path below the request's host has a section of
// its own, so that what answers one path need not answer another.
func (c *Config) PathMatters(r helper.Request) bool {
	e, ok := host.Parse(r.Protocol, r.Host)
	if !ok {
		return false
	}
	for _, s := range c.sections {
		if s.patternErr == nil && strings.Trim(s.pattern.Path(), "/") != "" && s.pattern.Matches(e) {
			return true
		}
	}
	return false
}
