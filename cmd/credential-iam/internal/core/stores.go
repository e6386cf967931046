package core

import (
	"context"

	"github.com/credential-iam/credential-iam/keystore"
)

// Stores are the keystores that hosts name, each opened once: a back end that ran
// out of time is not tried again for the next host.
type Stores struct {
	options keystore.Options
	open    map[string]keystore.Choice
}

// Stores returns the keystores, none of them open yet.
func (c Core) Stores() *Stores { return &Stores{c.options(nil), map[string]keystore.Choice{}} }

// Choice returns the keystore of a name, as a request uses it.
func (s *Stores) Choice(ctx context.Context, name string) keystore.Choice {
	if c, ok := s.open[name]; ok {
		return c
	}
	c := keystore.OpenOrNone(ctx, name, s.options)
	s.open[name] = c
	return c
}
