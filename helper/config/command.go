package config

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Command returns the target of a command that names no host. values, by the
// configuration's own keys, go before everything else; then come the
// environment, the section "iam" and gcloud's configuration, as for a host. The
// values must have passed CheckValue.
func (c *Config) Command(ctx context.Context, values map[string]string, ids source.Identities) (helper.Target, error) {
	s, err := c.commandSettings(values)
	if err != nil {
		return helper.Target{}, err
	}
	return c.complete(ctx, s, ids)
}

// DescribeDefault is Command without values and without the source identity: no
// file of credentials is opened.
func (c *Config) DescribeDefault() (helper.Target, error) {
	s, err := c.commandSettings(nil)
	if err != nil {
		return helper.Target{}, err
	}
	return s.target()
}

// commandSettings returns the layers of a command that names no host.
func (c *Config) commandSettings(values map[string]string) (*settings, error) {
	if err := c.Mistake(); err != nil {
		return nil, err
	}
	s := c.newSettings(Place{})
	if len(values) > 0 {
		s.own = []map[string]string{values}
	}
	var err error
	s.base, err = c.values(c.section(Name))
	return s, err
}
