package main

import (
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/wire"
)

// list answers with the configured hosts and their user names.
func (a *docker) list() error {
	all, err := a.hosts()
	if err == nil {
		a.Say(string(wire.AppendStrings(nil, all)) + "\n")
	}
	return err
}

// hosts returns the configured hosts and their user names, from the configuration
// alone: those for which docker runs this program, and as credsStore those of
// sections and of the fallback too.
func (a *docker) hosts() (map[string]string, error) {
	c := a.Tokens().Config
	if err := c.Mistake(); err != nil {
		return nil, err
	}
	all := map[string]string{}
	if c.CredsStore == config.Name {
		f, err := a.fallback()
		if err != nil {
			return nil, err
		}
		if f != nil {
			if all, err = f.list(); err != nil {
				a.Note(err)
				all = map[string]string{}
			}
		}
		for _, name := range c.ExactHosts() {
			r, _ := request(name)
			if t, err := c.Describe(r); err == nil && !gitServer(name, t) {
				all[name] = t.User(host.Docker, "")
			}
		}
	}
	for _, name := range c.ServedByDocker() {
		r, _ := request(name)
		t, _ := c.Describe(r) // a target that cannot be resolved gets the usual name
		all[name] = t.User(host.Docker, "")
	}
	return all, nil
}

// gitServer reports whether a host with a section is one that docker has no
// registry at: docker asks for each host of a list and hands what it gets to its
// engine.
func gitServer(name string, t helper.Target) bool {
	h, _ := host.Parse("https", name)
	return h.BuiltIn(host.Git) && !h.BuiltIn(host.Docker) || t.AsBearer(host.Git, false)
}
