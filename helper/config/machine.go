package config

import (
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/trust"
)

// addMachine puts the sections of the machine's file, of the same form as docker's,
// below those of docker's own: they count where that has no such section, and their
// keys where it has no such key.
//
// It is the administrator's word for every user of the machine, and is read only if
// nobody else can have written it. One that others can write is not passed over: then
// the users would be answered as somebody else than before.
func (c *Config) addMachine() {
	path := c.env.MachineConfig
	if path == "" {
		return
	}
	m := newConfig(helper.Env{MachineConfig: path}, path)
	if m.read(); m.missing {
		return
	}
	c.machine = m
	if _, _, e := trust.File(path, trust.Admin); e != nil {
		*m = *newConfig(m.env, path)
		m.broken = e
	}
	own := c.byPattern()
	for name, below := range m.all() {
		s := c.sections[name]
		if s == nil && name != Name && below.patternErr == nil {
			s = own[below.pattern] // however it is spelled
		}
		if s != nil {
			s.below = below
		} else {
			c.sections[name] = below
		}
	}
}

// edit returns the command by which a file is edited, the machine's or docker's own.
func (c *Config) edit(file string) string {
	command := helper.EditCommand(file)
	if file == c.env.MachineConfig {
		return helper.AsAdmin(command)
	}
	return command
}

// byPattern are the sections by the hosts and path that they are for: a machine's file may
// have thousands, and each looks for its like.
func (c *Config) byPattern() map[host.Pattern]*section {
	all := make(map[host.Pattern]*section, len(c.all()))
	for _, s := range c.all() {
		if s.name != Name && s.patternErr == nil {
			all[s.pattern] = s
		}
	}
	return all
}
