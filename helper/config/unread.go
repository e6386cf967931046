package config

import (
	"bytes"
	"strings"

	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// unread are sections of one host each that nobody has asked for. An adapter asks for
// one host of perhaps thousands: until somebody asks for all (see [Config.all]) a section
// with a plain name is no more than a spot in the file.
type unread struct {
	raw []byte // the file
	at  []spot
}

// spot is where a section is: its name within the quotes, and its value.
type spot struct{ name, nameEnd, value, end int32 }

// prefix begins the name of a host's section.
const prefix = Name + "@"

// parsePlugins reads the object "plugins" at an offset of the file and returns where it
// ends, -1 where it is no JSON. One that occurs twice, or after sections of another
// spelling, is read whole, since the later one of two sections counts.
func (c *Config) parsePlugins(raw []byte, at int) int {
	whole := !c.bare()
	c.all()
	c.unread.raw = raw
	return wire.Walk(raw, at, 1, func(from, to, at int) int {
		end := wire.Walk(raw, at, 2, nil)
		if end < 0 {
			return -1
		}
		name := raw[from+1 : to-1]
		if rest, ok := bytes.CutPrefix(name, []byte(prefix)); ok && !whole && host.Plain(rest) {
			c.unread.at = append(c.unread.at, spot{int32(from + 1), int32(to - 1), int32(at), int32(end)})
			return end
		}
		if bytes.IndexByte(name, '\\') >= 0 { // it may be that of a plain one
			c.all()
			whole = true
		}
		c.parsePlugin(wire.String(raw[from:to]), raw[at:end])
		return end
	})
}

// parsePlugin reads one name of "plugins".
func (c *Config) parsePlugin(name string, value []byte) {
	switch {
	case IsSection(name):
		s := newSection(c.Path, name, value)
		if c.sections[name] = s; s.patternErr != nil {
			c.near = append(c.near, name)
		}
	case nearMiss(name):
		c.near = append(c.near, name)
	}
}

// forget empties "plugins".
func (c *Config) forget() {
	clear(c.sections)
	c.unread, c.near = unread{}, nil
}

// bare reports whether there is no section.
func (c *Config) bare() bool { return len(c.sections) == 0 && len(c.unread.at) == 0 }

// all reads and returns all sections.
func (c *Config) all() map[string]*section {
	for _, at := range c.unread.at {
		name := string(c.unread.raw[at.name:at.nameEnd])
		c.sections[name] = c.made(name, at)
	}
	c.unread.at = nil
	return c.sections
}

// made returns the section in a spot: what is there already, where somebody has asked
// for it.
func (c *Config) made(name string, at spot) *section {
	value := c.unread.raw[at.value:at.end]
	if s := c.sections[name]; s != nil && len(s.raw) == len(value) && &s.raw[0] == &value[0] {
		return s
	}
	return newSection(c.Path, name, value)
}

// section returns the section of a name, nil if there is none.
func (c *Config) section(name string) *section {
	c.readOne(name)
	return c.sections[name]
}

// readOne reads the section of a name, if it is unread. Of two the later one counts.
func (c *Config) readOne(name string) {
	if !strings.HasPrefix(name, prefix) {
		return
	}
	for i := len(c.unread.at) - 1; i >= 0; i-- {
		at := c.unread.at[i]
		if string(c.unread.raw[at.name:at.nameEnd]) == name {
			c.sections[name] = c.made(name, at)
			return
		}
	}
}
