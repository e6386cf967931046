package main

import (
	"context"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// stores are the keystores that hosts name, each opened once: a back end that
// ran out of time is not tried again for the next host.
type stores struct {
	a    *app
	open map[string]keystore.Choice
}

func (a *app) newStores() *stores { return &stores{a, map[string]keystore.Choice{}} }

// choice returns the keystore that a name stands for, as a request has it.
func (s *stores) choice(ctx context.Context, name string) keystore.Choice {
	if c, ok := s.open[name]; ok {
		return c
	}
	c := keystore.OpenOrNone(ctx, name, s.a.options(nil))
	s.open[name] = c
	return c
}

// get returns the cached entry of a target, without a call.
func (s *stores) get(ctx context.Context, t helper.Target) (keystore.Entry, error) {
	return s.choice(ctx, t.Keystore).Get(ctx, t.Key())
}
