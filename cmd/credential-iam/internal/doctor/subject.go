package doctor

import (
	"context"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/dockerconfig"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/files"
	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/toolconfig"
	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/config"
)

// subject is what the checks look at: the machine, and what was read of it once.
type subject struct {
	World
	// only is the one host that was asked for, or "".
	only string
	// limited says that not all hosts are looked at.
	limited bool
	config  *config.Config
	// document is docker's file as docker reads it, nil where it cannot; stopped is
	// where docker stops reading.
	document *dockerconfig.Document
	stopped  error
	git      *gitState
	hosts    []*place
	// walked are those whose identities are tested: the hosts, and what the check
	// "default" adds.
	walked []*place
	// uses are what further tools are configured for; unread are those that could not
	// say.
	uses   []toolconfig.Use
	unread map[string]error
	// noAccount says that the default names none, nor does its source.
	noAccount bool
	// down are the APIs that cannot be reached.
	down map[string]bool
}

// examine reads what there is to read, without a call.
func examine(ctx context.Context, w World, only ...string) *subject {
	x := &subject{World: w, limited: len(only) > 0, config: config.Load(w.Env), git: loadGit(ctx, w), down: map[string]bool{}}
	if file, err := files.Read(config.Path(x.Env)); err == nil { // else the helper's reader says so
		x.document, x.stopped = dockerconfig.Parse(file.Raw)
	}
	x.uses, x.unread = x.tools().Uses(ctx)
	x.findHosts(ctx, only...)
	for _, h := range x.hosts {
		h.target, h.err = x.config.ResolveAt(ctx, h.Place, x.Identities)
	}
	x.walked = x.hosts
	_, err := x.config.Command(ctx, map[string]string{"token": string(helper.Access), "issuer": helper.Google}, x.Identities)
	x.noAccount = err != nil && helper.AsError(err).Code == "no-account"
	return x
}
