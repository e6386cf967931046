package config

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Place is where a client asks for credentials: one host and a path, or, for a
// command that tells what is configured, all that the name of a section stands
// for.
type Place struct {
	Client host.Client
	// Protocol is "https" or "http".
	Protocol string
	Pattern  host.Pattern
}

// At returns the place of a request; ok is false for one that names no host.
func At(r helper.Request) (p Place, ok bool) {
	if r.Protocol != "https" && r.Protocol != "http" {
		return Place{}, false
	}
	h, ok := host.Parse(r.Protocol, r.Host)
	return Place{Client: r.Client, Protocol: r.Protocol, Pattern: host.Exactly(h, r.Path)}, ok
}

// BuiltIn reports whether every host of the place is one of Google's that is
// answered without a section of its own.
func (p Place) BuiltIn() bool { return p.Protocol == "https" && p.Pattern.BuiltIn(p.Client) }

// ResolveAt is Resolve for a place. What answers a place is what answers every
// host in it: a section counts that is for all of them.
func (c *Config) ResolveAt(ctx context.Context, p Place, ids source.Identities) (helper.Target, error) {
	s, err := c.settings(p)
	if err != nil {
		return helper.Target{}, err
	}
	return c.complete(ctx, s, ids)
}

// DescribeAt is Describe for a place.
func (c *Config) DescribeAt(p Place) (helper.Target, error) {
	s, err := c.settings(p)
	if err != nil {
		return helper.Target{}, err
	}
	return s.target()
}

// PathMatters reports whether some path below a host of the place has a section of
// its own, so that what answers one path need not answer another.
func (c *Config) PathMatters(p Place) bool {
	for _, s := range c.all() {
		if s.patternErr == nil && s.pattern.Path() != "" && s.pattern.Overlaps(p.Pattern) {
			return true
		}
	}
	return false
}
