package helper

import (
	"context"
	"strings"
)

// Command returns the target of a command that names no host. values, by the
// configuration's own keys, go before everything else; then come the
// environment, the section "iam" and gcloud's configuration, as for a host. The
// values must have passed CheckValue.
func (c *Config) Command(ctx context.Context, values map[string]string, ids Identities) (Target, error) {
	s, err := c.commandSettings(values)
	if err != nil {
		return Target{}, err
	}
	return c.complete(ctx, s, ids)
}

// CheckValue returns why value cannot be the value of the configuration's key,
// in words that do not name the key; nil for a good value. A key that there is
// not is an error too.
func CheckValue(key, value string) error {
	if known, err := checkValue(key, value); known {
		return err
	}
	return checkKey(key, value)
}

// SectionError returns the first mistake in a section, by the section's name, or
// nil.
func (c *Config) SectionError(name string) error {
	_, err := c.values(c.sections[name])
	return err
}

// PathMatters reports whether some path below the request's host has a section of
// its own, so that what answers one path need not answer another.
func (c *Config) PathMatters(r Request) bool {
	e, ok := parseEndpoint(r.Protocol, r.Host)
	if !ok {
		return false
	}
	for _, s := range c.sections {
		if s.patternErr == nil && strings.Trim(s.pattern.path, "/") != "" && s.pattern.matchesHost(e) {
			return true
		}
	}
	return false
}

// DescribeDefault is Command without values and without the source identity: no
// file of credentials is opened.
func (c *Config) DescribeDefault() (Target, error) {
	s, err := c.commandSettings(nil)
	if err != nil {
		return Target{}, err
	}
	return s.target()
}

// commandSettings returns the layers of a command that names no host.
func (c *Config) commandSettings(values map[string]string) (*settings, error) {
	if err := c.Broken(); err != nil {
		return nil, err
	}
	s := c.newSettings(endpoint{}, "")
	if len(values) > 0 {
		s.own = []map[string]string{values}
	}
	var err error
	s.base, err = c.values(c.sections[Name])
	return s, err
}
