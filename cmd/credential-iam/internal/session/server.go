package session

import (
	"context"
	"net"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/core"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/loopback"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/metadata"
)

// Serve answers the connections of l by the plan until ctx ends.
func Serve(ctx context.Context, c core.Core, p *Plan, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	run := c.NewRun(ctx)
	run.Renews = true
	if p.Unkept != nil {
		run.Keep(p.Target, *p.Unkept)
	}
	server := &metadata.Server{
		Account: p.Account, Tokens: tokens{run.Get, p.Target}, Now: c.Env.Now, Log: c.Env.Log,
		Host: p.Host, Path: p.Path, Capability: p.Capability,
	}
	return loopback.Serve(ctx, loopback.Guard(l, p.Path == ""), server, run.AtMost(p.Target))
}
