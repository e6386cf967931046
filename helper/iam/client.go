// Package iam mints tokens and signs through Google's IAM Credentials API, as a
// service account that the caller may impersonate.
//
// A [Client] speaks the four methods of the API (generateAccessToken,
// generateIdToken, signBlob, signJwt) for a helper.Target, which names the account
// and the delegates, says what is asked for, and may name the source identity that
// asks: a credential file of any type that Google's libraries read, gcloud's account,
// the metadata server, or an identity kept in the keyring. A program brings its own
// with [Options]: [ApplicationDefault], [CredentialsFile], [CredentialsJSON] or
// [TokenSource]. What a call needs beside its target is a [Call], for all calls of a
// client or, by [Client.With], for some.
//
// # What it promises
//
// Bad parameters fail before any call. A cold start takes one exchange wherever
// one is possible: source tokens are cached under the source's fingerprint, key
// sources sign their own token, and an account that a credential file itself
// impersonates is folded into the delegates. No account is impersonated twice. Where
// several servers are asked in turn, the next is connected to while one answers, and
// is sent nothing until there is a request for it.
//
// Everything in a credential file counts or is refused. The principal behind a
// federation is part of the fingerprint; where it takes a call or a program to know
// it, nothing of the source is cached.
//
// One operation ends with its context, or within a minute where that has no deadline,
// and one attempt within half a minute, whatever hangs; a Call has its own times (the
// programs have 20 seconds, and 10 for one attempt), and an executable source adds its
// timeout_millis.
// Replies are not trusted: they are bounded, and a token must be printable,
// expire when it should, and be for the account and audience that were asked for.
// Expiry goes by the server's clock. Redirects are refused.
//
// Every error is a *helper.Error: one line that says who must act, with the
// command that fixes it. By errors.As it is one of three where it is no mishap of the
// network or of the source: a [ParameterError], for which no call was made; an
// [APIError], with the API's status, reason and details; and a [RetryError] around
// the last failure where another attempt might have helped. No token, key, assertion or refresh token is ever in an
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
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Options are the parts of the world that a Client touches. All may be left out.
type Options struct {
	// Env is the environment that a source identity is found in; one without a Getenv
	// is this process's.
	Env helper.Env
	// Source is the source identity of targets that name none: [ApplicationDefault],
	// [CredentialsFile], [CredentialsJSON] or [TokenSource]. Without one such a target
	// is an error.
	Source Source
	// Call is how calls are made, see [Client.With].
	Call Call
	// Store caches source tokens and what was learnt about a source; nil means
	// that nothing is kept. keystore.NewMemory keeps them as long as the process.
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
	// UserAgent says which program calls, as "deploy/1.4"; "credential-iam/VERSION"
	// follows it.
	UserAgent string
	// Version is that of credential-iam.
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
	source  Source
	replace func(path string, old, now []byte) error
	agent   string
	http    *http.Client
	direct  *http.Client
	// ahead opens connections of http ahead; nil where the transport is the caller's.
	ahead  *ahead
	limits limits
	// header goes with each call of the API.
	header http.Header
	// wrong is what is wrong with the options, nil if nothing.
	wrong error
	// command makes the processes of gcloud and of executable sources.
	command func(ctx context.Context, name string, args ...string) *exec.Cmd
	*learnt
}

// learnt is what the calls of a client have shown, which all that are made from it
// by With share.
type learnt struct {
	mu sync.Mutex
	// skew is how far the servers' clock is ahead of the local one, once known.
	skew      time.Duration
	skewKnown bool
	// gaveUp is when a server that may not have started yet was last given up.
	gaveUp time.Time
}

var _ helper.Minter = (*Client)(nil)

// New returns a Client. It opens nothing and makes no call.
func New(o Options) *Client {
	if o.Version == "" {
		o.Version = "devel"
	}
	o.Env = completeEnv(o.Env)
	c := &Client{
		env: o.Env, store: o.Store, ids: o.Identities, source: o.Source, replace: o.ReplaceFile,
		agent:  strings.TrimLeft(o.UserAgent+" credential-iam/"+o.Version, " "),
		limits: defaultLimits(), command: exec.CommandContext, learnt: &learnt{},
	}
	if !httpguts.ValidHeaderFieldValue(c.agent) {
		c.wrong = badParameter("userAgent", errors.New("it holds a character that a header cannot"))
		c.agent = "credential-iam"
	}
	c = c.With(o.Call)
	if c.store != nil && c.store.Name() == "none" {
		c.store = nil
	}
	outside, local := o.Transport, o.Transport
	if outside == nil {
		outside, local = newTransport(o.Env), newLocalTransport(c.limits.dialLocal)
	}
	if t, ok := outside.(*rootsTransport); ok {
		c.ahead = t.ahead
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
