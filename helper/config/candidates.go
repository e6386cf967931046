package config

import "github.com/credential-iam/credential-iam/helper/host"

// candidates are the sections that may be for the hosts that are asked for. One
// question is answered by looking at all of them; a program that tells what is
// configured asks for each of thousands, and has them sorted by host first.
func (c *Config) candidates(asked host.Pattern) func(yield func(*section) bool) {
	return func(yield func(*section) bool) {
		if c.questions++; c.questions <= 2 {
			c.readOne(prefix + asked.Host()) // of the unread ones only that can be for it
			for _, s := range c.sections {
				if s.name != Name && s.patternErr == nil && !yield(s) {
					return
				}
			}
			return
		}
		if c.exact == nil {
			c.sort()
		}
		for _, s := range c.exact[asked.Host()] {
			if !yield(s) {
				return
			}
		}
		for _, s := range c.wild {
			if !yield(s) {
				return
			}
		}
	}
}

// sort sorts the sections by the host that they are for.
func (c *Config) sort() {
	c.exact = map[string][]*section{}
	for _, s := range c.all() {
		switch {
		case s.name == Name || s.patternErr != nil:
		case s.pattern.Stars() > 0:
			c.wild = append(c.wild, s)
		default:
			c.exact[s.pattern.Host()] = append(c.exact[s.pattern.Host()], s)
		}
	}
}
