package core

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
)

// audited writes one line to the log for each mint, as it ends: who asked, as whom,
// for what, from which source, how long it took and how it ended. What a plugin mints
// on the way to its own credential is a part of that mint.
type audited struct {
	helper.Minter
	env helper.Env
}

// audit returns m with its line, where a log is on.
func (c Core) audit(m helper.Minter) helper.Minter {
	if c.Env.Log == nil {
		return m
	}
	return audited{m, c.Env}
}

// Mint implements helper.Minter.
func (m audited) Mint(ctx context.Context, t helper.Target) (helper.Token, error) {
	start := m.env.Now()
	tok, err := m.Minter.Mint(ctx, t)
	took := m.env.Now().Sub(start).Round(time.Millisecond)
	result := "ok expires=" + tok.Expires.Format(time.RFC3339)
	if err != nil {
		e := helper.AsError(err)
		result = "failed code=" + field(e.Code) + " error=" + field(e.Error())
	}
	m.env.Log.Printf("audit: mint host=%s token=%s account=%s issuer=%s source=%s took=%s asked=%s result=%s",
		field(t.Host), field(string(t.Token)), field(account(t)), field(t.Issuer), origin(t.Source), took,
		strconv.Quote(strings.Join(askers(), " < ")), result)
	return tok, err
}

// account is as whom: the service account, or the source itself.
func account(t helper.Target) string {
	if t.ServiceAccount == "" {
		return "source"
	}
	return t.ServiceAccount
}

// origin is what the token was made from.
func origin(s helper.Source) string {
	name := s.Name
	if name == "" {
		name = s.Path
	}
	return field(s.Kind) + ":" + field(name)
}

// field quotes a value, so that none can pass for another field, without what looks
// like a secret.
func field(s string) string {
	switch {
	case helper.LooksSecret(s):
		s = helper.NotShown
	case strings.Contains(s, "://"):
		s = host.Shown(s)
	}
	return strconv.Quote(helper.Clean(s, nil, 160))
}
