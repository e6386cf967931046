// Package iam mints tokens and signs through Google's IAM Credentials API, as a
// service account that the caller may impersonate.
//
// A [Client] speaks the four methods of the API (generateAccessToken,
// generateIdToken, signBlob, signJwt) for a helper.Target, which names the
// account, the delegates, and the source identity on this machine that asks: a
// credential file of any type that Google's libraries read, gcloud's account, the
// metadata server, or an identity kept in the keyring.
//
// # What it promises
//
// Bad parameters fail before any call. A cold start takes one exchange wherever
// one is possible: source tokens are cached under the source's fingerprint, key
// sources sign their own token, and an account that a credential file itself
// impersonates is folded into the delegates. No account is impersonated twice.
//
// Everything in a credential file counts or is refused. The principal behind a
// federation is part of the fingerprint; where it takes a call or a program to know
// it, nothing of the source is cached.
//
// One operation ends within 20 seconds and one attempt within 10, whatever hangs;
// an executable source adds its own timeout_millis to both.
// Replies are not trusted: they are bounded, and a token must be printable,
// expire when it should, and be for the account and audience that were asked for.
// Expiry goes by the server's clock. Redirects are refused.
//
// Every error is a *helper.Error: one line that says who must act, with the
// command that fixes it. No token, key, assertion or refresh token is ever in an
// error or in the log.
//
// # What it does not do
//
// It caches no minted token (package helper does) and no signature, reads no
// configuration, and never prompts. The package is an API; each method has an
// example.
package iam

import (
	"context"
	"net/http"
	"os/exec"
	"sync"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Options are the parts of the world that a Client touches.
type Options struct {
	Env helper.Env
	// Store caches source tokens and what was learnt about a source; nil means
	// that nothing is kept.
	Store keystore.Store
	// Identities reads the documents of sources of kind "keyring".
	Identities source.Identities
	// ReplaceFile puts a credential file in the place of one that has not changed since
	// it was read: the servers of a workforce pool may renew the refresh token of a
	// sign-in with every use. Where it is nil, and where Identities has no method
	//
	//	Add(ctx context.Context, name string, document keystore.Secret) error
	//
	// a renewed one is lost.
	ReplaceFile func(path string, old, now []byte) error
	// Version is sent to the servers, as "credential-iam/VERSION".
	Version string
	// Transport carries every request; nil means a default one: HTTP/2, proxies
	// from the environment, the system's roots.
	Transport http.RoundTripper
}

// Client makes tokens and signatures. It is safe for concurrent use, and keeps
// its connections; one serves a whole process.
type Client struct {
	env     helper.Env
	store   keystore.Store
	ids     source.Identities
	replace func(path string, old, now []byte) error
	agent   string
	http    *http.Client
	direct  *http.Client
	limits  limits
	// command makes the processes of gcloud and of executable sources.
	command func(ctx context.Context, name string, args ...string) *exec.Cmd

	mu sync.Mutex
	// skew is how far the servers' clock is ahead of the local one, once known.
	skew      time.Duration
	skewKnown bool
	// gaveUp is when a server that may not have started yet was last given up.
	gaveUp time.Time
}

// limits are the times of a Client; tests shorten them.
type limits struct {
	total, attempt, dialLocal time.Duration
	// early is how long a server is waited for that may not have started yet.
	early      time.Duration
	firstPause time.Duration
	attempts   int
}

var _ helper.Minter = (*Client)(nil)

// New returns a Client. It opens nothing and makes no call.
func New(o Options) *Client {
	if o.Version == "" {
		o.Version = "devel"
	}
	if o.Env.Now == nil {
		o.Env.Now = time.Now
	}
	if o.Env.Getenv == nil {
		o.Env.Getenv = func(string) string { return "" }
	}
	c := &Client{
		env: o.Env, store: o.Store, ids: o.Identities, replace: o.ReplaceFile, agent: "credential-iam/" + o.Version,
		limits: limits{
			total: 20 * time.Second, attempt: 10 * time.Second, dialLocal: 2 * time.Second, early: 6 * time.Second,
			firstPause: 100 * time.Millisecond, attempts: 5,
		},
		command: exec.CommandContext,
	}
	if c.store != nil && c.store.Name() == "none" {
		c.store = nil
	}
	outside, local := o.Transport, o.Transport
	if outside == nil {
		outside, local = newTransport(o.Env), newLocalTransport(c.limits.dialLocal)
	}
	c.http = &http.Client{Transport: &wire{base: outside, agent: c.agent}, CheckRedirect: refuseRedirect}
	c.direct = &http.Client{Transport: &wire{base: local, agent: c.agent}, CheckRedirect: refuseRedirect}
	return c
}

// now returns the time by the servers' clock, as far as it is known.
func (c *Client) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.env.Now().Add(c.skew)
}

// learnClock keeps the difference between the Date of a reply and the local
// clock, and reports whether the difference is news that matters to a signed
// time.
func (c *Client) learnClock(date time.Time) (news bool) {
	if date.IsZero() {
		return false
	}
	skew := date.Sub(c.env.Now())
	c.mu.Lock()
	defer c.mu.Unlock()
	change := (skew - c.skew).Abs()
	if c.skewKnown && change < time.Second {
		return false
	}
	// Date has whole seconds and is as old as the reply's time in transit, so a
	// difference of a second or two does not count.
	if skew.Abs() < 3*time.Second {
		skew = 0
	}
	c.skew, c.skewKnown = skew, true
	return change > backdate
}
