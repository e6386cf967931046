package doctor

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/keystore"
)

// maxSkew is how far the local clock may be off without a warning. The cache uses
// the server's clock, but other programs on this machine do not.
const maxSkew = time.Minute

// atOnce is how many identities are tested side by side.
const atOnce = 4

// probe is one identity with the hosts that share its token.
type probe struct {
	target helper.Target
	hosts  []string
	checks []Check
}

// network checks what needs a call.
func (x *examination) network(ctx context.Context) {
	down := x.apis(ctx)
	x.issuers(ctx)
	probes := x.probes()
	var wait sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for _, p := range probes {
		if down[p.target.Endpoint] && p.target.ServiceAccount != "" {
			p.add(Skipped, "token", "", "the API cannot be reached")
			continue
		}
		wait.Add(1)
		go func() {
			defer wait.Done()
			turn <- struct{}{}
			defer func() { <-turn }()
			x.probe(ctx, p)
		}()
	}
	wait.Wait()
	for _, p := range probes {
		x.checks = append(x.checks, p.checks...)
	}
}

// probes groups the hosts by the token that they share.
func (x *examination) probes() []*probe {
	var all []*probe
	for _, h := range x.hosts {
		if h.err != nil {
			continue
		}
		i := slices.IndexFunc(all, func(p *probe) bool { return p.target.Key() == h.target.Key() })
		if i < 0 {
			i = len(all)
			all = append(all, &probe{target: h.target})
		}
		all[i].hosts = append(all[i].hosts, h.name)
	}
	return all
}

// apis checks that the APIs answer, and what they say the time is.
func (x *examination) apis(ctx context.Context) (down map[string]bool) {
	down = map[string]bool{}
	var done []string
	for _, h := range x.hosts {
		endpoint := h.target.Endpoint
		if h.err != nil || h.target.ServiceAccount == "" || slices.Contains(done, endpoint) {
			continue
		}
		done = append(done, endpoint)
		before := x.Env.Now()
		date, err := x.Date(ctx, endpoint)
		if err != nil {
			down[endpoint] = true
			x.add(Error, "api", "curl -sSI "+helper.ShellWord(endpoint), "%s cannot be reached: %v", endpoint, err)
			continue
		}
		x.add(OK, "api", "", "%s responds in %s", endpoint, x.Env.Now().Sub(before).Round(time.Millisecond))
		x.clock(date, x.Env.Now())
	}
	return down
}

func (x *examination) clock(server, local time.Time) {
	if server.IsZero() {
		return
	}
	off := local.Sub(server).Round(time.Second)
	if off.Abs() <= maxSkew {
		x.add(OK, "clock", "", "within %s of the server's clock", max(off.Abs(), time.Second))
		return
	}
	how := "ahead"
	if off < 0 {
		how = "behind"
	}
	x.add(Warning, "clock", "sudo timedatectl set-ntp true", "it is %s %s; the cache uses the server's clock, but other programs see tokens expire at the wrong time", off.Abs(), how)
}

// issuers checks the plugins that hosts name.
func (x *examination) issuers(ctx context.Context) {
	type plugin struct{ name, pin string }
	var done []plugin
	for _, h := range x.hosts {
		p := plugin{h.target.Issuer, h.target.Options["sha256"]}
		if h.err != nil || p.name == helper.Google || slices.Contains(done, p) {
			continue
		}
		done = append(done, p)
		d, err := x.Issuer(ctx, p.name, p.pin)
		if err != nil {
			x.checks = append(x.checks, x.failed("issuer "+p.name, err))
			continue
		}
		pinned := "its digest is not pinned"
		if p.pin != "" {
			pinned = "its digest is the pinned one"
		}
		x.add(OK, "issuer "+p.name, "", "version %s, protocol %d (%s; %s)", d.Version, d.Protocol, d.Path, pinned)
	}
}

// probe tests the way to one identity, hop by hop, and its token.
func (x *examination) probe(ctx context.Context, p *probe) {
	var store keystore.Store // a source token may come from the cache, as for a request
	if choice, err := x.Keystore(ctx, p.target.Keystore); err == nil {
		store = choice
	}
	if p.target.ServiceAccount != "" {
		t := p.target
		t.Issuer, t.Options, t.Token, t.Audience, t.IncludeEmail = helper.Google, nil, helper.Access, "", false
		t.Scopes, t.Lifetime = []string{helper.DefaultScope}, helper.DefaultLifetime
		hops, err := x.Client(store).Hops(ctx, t)
		if err != nil {
			x.fail(ctx, p, "impersonate "+p.target.ServiceAccount, err)
			p.add(Skipped, "token", "", "impersonation failed")
			return
		}
		if !x.hops(ctx, p, hops) {
			p.add(Skipped, "token", "", "impersonation failed")
			return
		}
	}
	x.token(ctx, p, store)
}

// hops says how each hop ended, and whether all are open.
func (x *examination) hops(ctx context.Context, p *probe, hops []iam.Hop) bool {
	open := true
	for _, h := range hops {
		name := "impersonate " + h.To
		switch {
		case h.OK:
			p.add(OK, name, "", "allowed for %s (%s)", h.From, h.Took.Round(time.Millisecond))
		case h.Skipped:
			p.add(Skipped, name, "", "the step before it failed")
		default:
			open = false
			if h.Err != nil {
				x.fail(ctx, p, name, h.Err)
			} else {
				p.add(Error, name, debug, "not allowed for %s", h.From)
			}
		}
	}
	return open
}

// token tests that the token itself can be made. A host that is a pattern has no
// audience of its own.
func (x *examination) token(ctx context.Context, p *probe, store keystore.Store) {
	name := p.label("token")
	if len(p.hosts) == 1 && p.wild() && (p.target.Issuer != helper.Google || p.target.Token != helper.Access) {
		p.add(Skipped, name, "credential-iam doctor --host HOST", "its section matches many hosts")
		return
	}
	start := x.Env.Now()
	token, err := x.Mint(ctx, p.target, store)
	if err != nil {
		x.fail(ctx, p, name, err)
		return
	}
	who := p.target.ServiceAccount
	if who == "" {
		who = "the source identity itself"
	}
	now := x.Env.Now()
	kind := string(p.target.Token)
	if p.target.Issuer != helper.Google {
		kind = p.target.Issuer
	}
	p.add(OK, name, "", "%s token as %s for %s, made in %s, valid for %s", kind, who, join(p.hosts), now.Sub(start).Round(time.Millisecond), token.Expires.Sub(now).Round(time.Second))
}

func (p *probe) wild() bool {
	return slices.ContainsFunc(p.hosts, func(name string) bool { return slices.Contains([]byte(name), '*') })
}

// label is a check's name, with the host where there is one alone.
func (p *probe) label(word string) string {
	if len(p.hosts) == 1 {
		return word + " " + p.hosts[0]
	}
	return word
}

func (p *probe) add(result Result, name, fix, format string, args ...any) {
	if name == "token" {
		name = p.label(name)
	}
	p.checks = append(p.checks, check(result, name, fix, format, args...))
}

func (x *examination) fail(ctx context.Context, p *probe, name string, err error) {
	if ended(ctx) {
		p.add(Skipped, name, "", "there was no time left; the checks before it took too long")
		return
	}
	p.checks = append(p.checks, x.failed(name, err))
}
