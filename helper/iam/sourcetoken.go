package iam

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// bearer is a token of the source identity itself.
type bearer struct {
	secret  string
	expires time.Time
	// issued is when it was made, for a token from another cache.
	issued time.Time
	// principal is the e-mail that came with the token, "" if none did.
	principal string
	// stale says that it was not made just now, so that a 401 may mean no more
	// than that it died early.
	stale bool
	// lost says why the refresh token that came with it is lost.
	lost string
	// self says that the source signed it itself.
	self bool
}

// googleLife is the whole lifetime of an access token that Google's own caches,
// the metadata server and gcloud, return until it nearly expires.
const googleLife = time.Hour

// How a source token is obtained.
type freshness int

const (
	// anyToken may come from the cache.
	anyToken freshness = iota
	// newToken is fetched, because it is the answer and must live long.
	newToken
	// renewed is fetched because the last one was refused.
	renewed
)

// noteLife is how long something learnt about a source is believed: a grant may
// be made meanwhile, and a day later it is worth a try.
const noteLife = 24 * time.Hour

// Notes about a source.
const (
	noteExchange = "self-signed tokens are refused"
	noteNoQuota  = "the document's quota project is refused"
	noteTwoHops  = "the folded chain is refused"
)

// sourceToken returns a token of the identity with the scopes, for a call at the base
// URL next ("" for none), which is connected to while the token is fetched. A failure is
// a *failure that has source set.
func (c *Client) sourceToken(ctx context.Context, id *identity, scopes []string, how freshness, next string) (bearer, error) {
	if signer, ok := id.kind.(selfSigner); ok && how != newToken && !id.knows(ctx, noteExchange) {
		b, err := signer.selfSigned(c, scopes)
		if err != nil {
			return b, asFailure(err, true)
		}
		return b, nil
	}
	key := sourceKey(id, scopes)
	if how == anyToken {
		if b, ok := c.cached(ctx, id, key); ok {
			return b, nil
		}
	}
	if how == renewed {
		id.forget(ctx, key)
	}
	c.toward(ctx, next)
	var b bearer
	fail := c.retryWithin(ctx, "token of the source identity "+id.src.String(), c.limits.attempt+id.takes, func(ctx context.Context) error {
		var err error
		b, err = c.fetch(ctx, id, scopes, how)
		return err
	})
	if fail != nil {
		fail.source = true
		return bearer{}, fail
	}
	// Asked for last: a metadata server that gives tokens is there in full.
	if err := c.checkUniverse(ctx, id); err != nil {
		return bearer{}, err
	}
	if b.principal != "" {
		id.principal = b.principal
	}
	if b.lost != "" {
		c.env.Log.Printf("source identity %s: %s", id.src, b.lost)
		c.write(ctx, id, noteLost, b.lost)
	}
	c.keep(ctx, id, key, b)
	return b, nil
}

// checkUniverse asks a source whose universe takes a call for it: its token is for
// the servers of that universe alone.
func (c *Client) checkUniverse(ctx context.Context, id *identity) error {
	ask, ok := id.kind.(universer)
	if !ok {
		return nil
	}
	universe, err := ask.universe(ctx, c, id)
	if err != nil {
		return err
	}
	if id.want != "" && universe != id.want {
		return &failure{fatal: true, source: true, local: helper.AsError(wrongUniverse(id.src, universe, id.want))}
	}
	return nil
}

// fetch makes one attempt at a new token.
func (c *Client) fetch(ctx context.Context, id *identity, scopes []string, how freshness) (bearer, error) {
	b, err := id.kind.token(ctx, c, scopes, how)
	id.member = id.kind.about().member // a federation's subject may have become known
	if err != nil {
		return bearer{}, err
	}
	if !goodToken(b.secret) || !b.expires.After(c.env.Now()) {
		exchangeOf(ctx).hide(b.secret)
		return bearer{}, &failure{host: exchangeOf(ctx).host, fatal: true, message: "its reply holds no usable token"}
	}
	return b, nil
}

// sourceKey names the cache entry of a source token. The scopes of a sign-in were
// chosen by the person, so they do not distinguish two of its tokens.
func sourceKey(id *identity, scopes []string) keystore.Key {
	parts := []string{"token", id.name, id.fingerprint}
	if id.scoped {
		parts = append(parts, slices.Sorted(slices.Values(scopes))...)
	}
	account := id.kind.about().principal // what a reply said besides is not known next time
	if !strings.HasSuffix(account, ".gserviceaccount.com") {
		account = ""
	}
	return keystore.NewKey("source", account, source.Digest(parts...))
}

// cached returns a kept token.
func (c *Client) cached(ctx context.Context, id *identity, key keystore.Key) (bearer, bool) {
	if id.store == nil || id.kept {
		return bearer{}, false
	}
	e, err := id.store.Get(ctx, key)
	if err != nil || e.Secret.Empty() || !goodToken(e.Secret.Reveal()) {
		return bearer{}, false
	}
	c.env.Log.Printf("token of the source identity %s: cached until %s", id.src, e.Expires.UTC().Format(time.RFC3339))
	if id.principal == "" {
		id.principal = e.Username
	}
	return bearer{secret: e.Secret.Reveal(), expires: e.Expires, principal: e.Username, stale: true}, true
}

// keep caches a token until a while before its end, so that one from the cache is
// valid for the whole call that needs it.
func (c *Client) keep(ctx context.Context, id *identity, key keystore.Key, b bearer) {
	now := c.env.Now()
	life := b.expires.Sub(now)
	until := now.Add(life - min(4*time.Minute, life/10))
	if id.store == nil || id.kept || !until.After(now) {
		return
	}
	e := keystore.Entry{Secret: keystore.NewSecret(b.secret), Issued: now, Expires: until, Username: b.principal}
	if err := id.store.Put(ctx, key, e); err != nil {
		c.env.Log.Printf("cannot store the source token: %v", err)
	}
}

func (id *identity) forget(ctx context.Context, key keystore.Key) {
	if id.store != nil {
		_ = id.store.Delete(ctx, key)
	}
}

// noteKey names what was learnt about a source.
func noteKey(id *identity, note string) keystore.Key {
	return keystore.NewKey("source", "", source.Digest("note", id.fingerprint, note))
}

// note returns the text of a note about the source, "" if there is none.
func (id *identity) note(ctx context.Context, note string) string {
	if id.store == nil {
		return ""
	}
	e, err := id.store.Get(ctx, noteKey(id, note))
	if err != nil {
		return ""
	}
	return e.Secret.Reveal()
}

// knows reports whether a note about the source is cached.
func (id *identity) knows(ctx context.Context, note string) bool { return id.note(ctx, note) != "" }

// learn caches a note about the source for a day.
func (c *Client) learn(ctx context.Context, id *identity, note string) {
	c.env.Log.Printf("source identity %s: %s", id.src, note)
	c.write(ctx, id, note, "noted")
}

// write caches a note and its text for a day.
func (c *Client) write(ctx context.Context, id *identity, note, text string) {
	if id.store == nil {
		return
	}
	now := c.env.Now()
	e := keystore.Entry{Secret: keystore.NewSecret(text), Issued: now, Expires: now.Add(noteLife)}
	_ = id.store.Put(ctx, noteKey(id, note), e)
}

// asFailure returns err as a failure.
func asFailure(err error, source bool) *failure {
	var f *failure
	if !errors.As(err, &f) {
		f = &failure{fatal: true, message: clean(err.Error(), nil), cause: err}
	}
	f.source = f.source || source
	return f
}
