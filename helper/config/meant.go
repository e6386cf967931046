package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// Meant returns the host of a section that a host, which is not answered, is probably a
// misspelling of, "" if there is none. Hosts that differ in a number alone are two.
func (c *Config) Meant(name string) string {
	var known []string
	for _, s := range slices.Collect(maps.Values(c.all())) {
		if s.name != Name && s.patternErr == nil && s.pattern.Stars() == 0 && wordy(s.pattern.Host()) != wordy(name) {
			known = append(known, s.pattern.Host())
		}
	}
	slices.Sort(known) // of two that are as near the same one every time
	return helper.Misspelled(name, known)
}

// wordy is a name without its digits.
func wordy(name string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return -1
		}
		return r
	}, name)
}
