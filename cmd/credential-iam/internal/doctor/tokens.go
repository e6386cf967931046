package doctor

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/keystore"
)

// atOnce is how many identities are tested side by side.
const atOnce = 4

// identity is a service account and the way to it, or a source's own identity, with
// the tokens that are made as it.
type identity struct {
	target helper.Target
	tokens []*shared
}

// shared is one token with the hosts that share it.
type shared struct {
	target helper.Target
	hosts  []string
}

// tokens tests the way to each identity and its tokens, a few side by side.
func tokens(ctx context.Context, x *subject, r report) {
	var wait sync.WaitGroup
	turn := make(chan struct{}, atOnce)
	for _, id := range x.identities() {
		if x.down[id.target.Endpoint] && id.target.ServiceAccount != "" {
			id.skip(r, "the API cannot be reached")
			continue
		}
		wait.Add(1)
		go func() {
			defer wait.Done()
			turn <- struct{}{}
			defer func() { <-turn }()
			x.try(ctx, r, id)
		}()
	}
	wait.Wait()
}

// identities groups the hosts by the identity, and by the token, that they share.
func (x *subject) identities() []*identity {
	var all []*identity
	for _, h := range x.walked {
		if h.err != nil {
			continue
		}
		i := slices.IndexFunc(all, func(id *identity) bool { return way(id.target).Key() == way(h.target).Key() })
		if i < 0 {
			i = len(all)
			all = append(all, &identity{target: h.target})
		}
		all[i].add(h)
	}
	return all
}

func (id *identity) add(h *place) {
	for _, t := range id.tokens {
		if t.target.Key() == h.target.Key() {
			t.hosts = append(t.hosts, h.name)
			return
		}
	}
	id.tokens = append(id.tokens, &shared{h.target, []string{h.name}})
}

// way is the target of the access token that shows that the way to an identity is
// open, whatever the host's own token is.
func way(t helper.Target) helper.Target {
	t.Issuer, t.Options, t.Token, t.Audience, t.IncludeEmail = helper.Google, nil, helper.Access, "", false
	t.Scopes, t.Lifetime = []string{helper.DefaultScope}, helper.DefaultLifetime
	return t
}

// skip reports that no token of the identity was tested.
func (id *identity) skip(r report, why string) {
	for _, t := range id.tokens {
		r.add(Skipped, t.name(), "", "%s", why)
	}
}

// try tests the way to one identity, hop by hop, and its tokens.
func (x *subject) try(ctx context.Context, r report, id *identity) {
	var store keystore.Store // a source token may come from the cache, as for a request
	if choice, err := x.Keystore(ctx, id.target.Keystore); err == nil {
		store = choice
	}
	if id.target.ServiceAccount != "" {
		hops, err := x.Client(store).Hops(ctx, way(id.target))
		if err != nil {
			x.fail(ctx, r, "impersonate "+id.target.ServiceAccount, err)
		}
		if err != nil || !x.hops(ctx, r, hops) {
			id.skip(r, "impersonation failed")
			return
		}
	}
	for _, t := range id.tokens {
		x.token(ctx, r, t, store)
	}
}

// hops says how each hop ended, and whether all are open.
func (x *subject) hops(ctx context.Context, r report, hops []iam.Hop) bool {
	open := true
	for _, h := range hops {
		name := "impersonate " + h.To
		switch {
		case h.OK:
			r.add(OK, name, "", "allowed for %s (%s)", h.From, h.Took.Round(time.Millisecond))
		case h.Skipped:
			r.add(Skipped, name, "", "the step before it failed")
		default:
			open = false
			if h.Err != nil {
				x.fail(ctx, r, name, h.Err)
			} else {
				r.add(Error, name, "", "not allowed for %s; %s shows each step", h.From, helper.DebugCommand())
			}
		}
	}
	return open
}

// token tests that the token itself can be made. A host that is a pattern has no
// audience of its own.
func (x *subject) token(ctx context.Context, r report, t *shared, store keystore.Store) {
	if strings.Contains(t.hosts[0], "*") && (t.target.Issuer != helper.Google || t.target.Token != helper.Access) {
		r.add(Skipped, t.name(), "", "its section matches many hosts; credential-iam doctor --host HOST checks one of them")
		return
	}
	start := x.Env.Now()
	token, err := x.Mint(ctx, t.target, store)
	if err != nil {
		x.fail(ctx, r, t.name(), err)
		return
	}
	who := t.target.ServiceAccount
	if who == "" {
		who = "the source identity itself"
	}
	kind := string(t.target.Token)
	if t.target.Issuer != helper.Google {
		kind = t.target.Issuer
	}
	now := x.Env.Now()
	r.add(OK, t.name(), "", "%s token as %s for %s, made in %s, valid for %s", kind, who, join(t.hosts), now.Sub(start).Round(time.Millisecond), token.Expires.Sub(now).Round(time.Second))
}

// name is that of the token's check, after its first host.
func (t *shared) name() string { return "token " + t.hosts[0] }

// fail reports an error, unless it is that the time was over.
func (x *subject) fail(ctx context.Context, r report, name string, err error) {
	if ctx.Err() != nil {
		r.add(Skipped, name, "", "there was no time left; the checks before it took too long")
		return
	}
	r(x.failed(name, err))
}
