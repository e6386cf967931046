package doctor

import (
	"context"

	"github.com/credential-iam/credential-iam/cmd/credential-iam/internal/gitconfig"
	"github.com/credential-iam/credential-iam/helper"
)

// gitBearer checks what a token needs that git presents as a Bearer token.
func gitBearer(ctx context.Context, x *subject, r report) {
	for _, h := range x.hosts {
		if t, err := x.config.DescribeAt(h.Place); h.git && err == nil && t.Issuer == helper.Google && t.Token != helper.Access && !t.OwnUsername {
			x.bearer(ctx, r, h, t)
		}
	}
}

func (x *subject) bearer(ctx context.Context, r report, h *place, t helper.Target) {
	name, v, fix := "git "+h.name, x.git.version, x.configureGit(h)
	if v.Less(gitconfig.ProactiveAuth) {
		r.add(Error, name+" version", "", "it needs a token of the kind %q, which git %s cannot send: install git %s or later", t.Token, v, gitconfig.ProactiveAuth)
		return
	}
	settings, err := x.git.Settings(ctx, "", h.url())
	if err != nil {
		return // git said the same of its whole configuration
	}
	if mode := settings["proactiveauth"]; mode != "auto" && mode != "basic" {
		if mode != "" {
			fix += force(fix)
		}
		r.add(Warning, name+" proactiveAuth", fix, "http.proactiveAuth is not set for it, so git runs the helper only if the server says 401; such servers often say 403 or redirect to a sign-in page")
	}
	if v.Less(gitconfig.Version{Major: 2, Minor: 54}) && !gitconfig.Roomy(settings["postbuffer"]) {
		if settings["postbuffer"] != "" {
			fix += force(fix)
		}
		r.add(Warning, name+" postBuffer", fix, "git %s cannot push more than http.postBuffer (1 MiB) with such a token, and then says that everything is up to date", v)
	}
}
