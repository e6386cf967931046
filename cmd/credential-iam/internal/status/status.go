// Package status shows each configured host, its account and what is cached,
// without a call and without showing a secret.
package status

import (
	"context"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// Report is what there is, in its stable form.
type Report struct {
	Keystore struct {
		Name string `json:"name"`
		Why  string `json:"why"`
	} `json:"keystore"`
	Hosts []Host `json:"hosts"`

	// Notes are lines for standard error.
	Notes []string `json:"-"`

	// base is what "iam" alone says, path the file that was read.
	base helper.Target
	path string
}

// look is one look at a configuration.
type look struct {
	core   core.Core
	config *config.Config
	stores *core.Stores
}

// Look reads the configuration and the keystores; the error is of a configuration
// that cannot be read at all.
func Look(ctx context.Context, c core.Core) (Report, error) {
	l := look{c, config.Load(c.Env), c.Stores()}
	if err := l.config.Broken(); err != nil {
		return Report{}, err
	}
	name := "auto"
	base, err := l.config.DescribeDefault()
	if err == nil {
		name = base.Keystore
	}
	choice := l.stores.Choice(ctx, name)
	r := Report{Hosts: []Host{}, base: base, path: l.config.Path}
	r.Keystore.Name, r.Keystore.Why = choice.Name(), choice.Why
	if full, _ := choice.Full(ctx); full != "" {
		r.Keystore.Why += "; " + full
	}
	for _, host := range configured(l.config) {
		r.Hosts = append(r.Hosts, l.host(ctx, host))
	}
	if choice.Warning != "" {
		r.Notes = append(r.Notes, "keystore "+choice.Name()+": "+choice.Warning)
	}
	if err != nil {
		r.Notes = append(r.Notes, err.Error())
	}
	return r, nil
}
