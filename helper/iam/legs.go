package iam

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// link is an account that the source document impersonates by itself, with what
// the document says of it.
type link struct {
	account string
	// endpoint is the base URL of the API where the document calls it, "" for
	// Google's own.
	endpoint string
	// lifetime and scopes are of the account's token, zero where the document does
	// not say.
	lifetime time.Duration
	scopes   []string
}

// accounts returns the accounts of links.
func accounts(links []link) []string {
	names := make([]string, len(links))
	for i, l := range links {
		names[i] = l.account
	}
	return names
}

// link returns what the source document says of an account.
func (id *identity) link(account string) link {
	i := slices.IndexFunc(id.own, func(l link) bool { return strings.EqualFold(l.account, account) })
	if i < 0 {
		return link{}
	}
	return id.own[i]
}

// leg is a part of the way that takes one call: the accounts, and the base URL of
// the API that they are called at.
type leg struct {
	way      []string
	endpoint string
}

// settle gives the target what the source document says where the target says
// nothing: the endpoint of its calls, and the life and scopes of the token of the
// account that it ends with.
func (r *request) settle() {
	for _, l := range slices.Backward(r.id.own) {
		if l.endpoint != "" && r.t.Endpoint == defaultEndpoint(r.t.UniverseDomain) {
			r.t.Endpoint = l.endpoint
		}
	}
	if len(r.way) == 0 {
		return
	}
	last := r.id.link(r.way[len(r.way)-1])
	if last.lifetime != 0 && r.t.Lifetime == helper.DefaultLifetime {
		r.t.Lifetime = last.lifetime
	}
	if len(last.scopes) > 0 && slices.Equal(r.t.Scopes, []string{helper.DefaultScope}) {
		r.t.Scopes = last.scopes
	}
}

// legs parts a way by the endpoints of its accounts: one leg, unless the source
// document and the target name different ones.
func (r *request) legs(way []string) []leg {
	var legs []leg
	for _, account := range way {
		endpoint := r.id.link(account).endpoint
		if endpoint == "" {
			endpoint = r.t.Endpoint
		}
		if n := len(legs); n > 0 && legs[n-1].endpoint == endpoint {
			legs[n-1].way = append(legs[n-1].way, account)
			continue
		}
		legs = append(legs, leg{[]string{account}, endpoint})
	}
	return legs
}

// fold returns where the way can be cut into two calls when one call is denied:
// the number of accounts up to the one that the source impersonates itself, or
// 0 when there is no such place.
func fold(way, own []string) int {
	if len(own) == 0 {
		return 0
	}
	i := slices.IndexFunc(way, func(a string) bool { return strings.EqualFold(a, own[len(own)-1]) })
	if i < 0 || i == len(way)-1 {
		return 0
	}
	return i + 1
}

// travel makes a call at the end of the legs, each of which takes the token of the
// account at the end of the one before it.
func (c *Client) travel(ctx context.Context, r *request, legs []leg, m method) error {
	behind := func(ctx context.Context, how freshness) (bearer, error) {
		return c.sourceToken(ctx, r.id, []string{cloudPlatform}, how, legs[0].endpoint)
	}
	last := len(legs) - 1
	for i, l := range legs[:last] {
		behind = c.between(r, legs[:i], l, behind)
	}
	return c.along(ctx, r, legs[last], behind, m)
}

// between returns the token of the account at the end of a leg, which is cached.
func (c *Client) between(r *request, before []leg, l leg, behind tokens) tokens {
	parts := []string{"hop", r.id.fingerprint}
	for _, b := range append(slices.Clone(before), l) {
		parts = append(parts, b.endpoint, strings.Join(b.way, " "))
	}
	account := l.way[len(l.way)-1]
	key := keystore.NewKey("source", account, source.Digest(parts...))
	life := r.id.link(account).lifetime
	if life == 0 {
		life = helper.DefaultLifetime
	}
	return func(ctx context.Context, how freshness) (bearer, error) {
		if how == anyToken {
			if b, ok := c.cached(ctx, r.id, key); ok {
				return b, nil
			}
		} else {
			r.id.forget(ctx, key)
		}
		var b bearer
		err := c.along(ctx, r, l, behind, c.accessMethod([]string{cloudPlatform}, life, &b))
		if err != nil {
			return bearer{}, err
		}
		c.keep(ctx, r.id, key, b)
		return b, nil
	}
}
