package iam

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// Identity describes a source identity for people; it holds no secret.
type Identity struct {
	// Kind is the type of the credential that calls are made with:
	// "authorized_user", "service_account", "external_account",
	// "external_account_authorized_user", "metadata" or "gcloud".
	Kind string
	// Principal is its e-mail, "" when that is unknown until a token is
	// requested.
	Principal string
	// Member is how IAM policies name it ("user:EMAIL"); parts that are not
	// known are words in capitals.
	Member string
	// Where is the place it was read from: "file /home/u/adc.json".
	Where string
	// Own are the accounts that the document itself impersonates, in order.
	Own []string
	// Way are the accounts that a call goes through, the target last.
	Way []string
	// QuotaProject is what the document says is to be billed.
	QuotaProject string
	// Unused are the members of the document that count for nothing.
	Unused []string
	// Fingerprint tells it from every other, or is helper.Unshared.
	Fingerprint string
}

// Who returns the principal, or how IAM policies name it where it has no e-mail, or ""
// where neither is known.
func (id Identity) Who() string {
	if id.Principal == "" && !strings.HasSuffix(id.Member, "EMAIL") && !strings.HasSuffix(id.Member, "SUBJECT") {
		return id.Member
	}
	return id.Principal
}

// identity is a source identity that can be asked for a token.
type identity struct {
	*credential
	about
	src helper.Source
	// store is where tokens of the source are kept and what was learnt about it; nil
	// where nothing is.
	store keystore.Store
	// want is the universe of the target.
	want string
}

// Identity reads the target's source identity and says who it is. On a machine
// with a metadata server it asks that for the e-mail; it makes no other call.
func (c *Client) Identity(ctx context.Context, t helper.Target) (Identity, error) {
	id, err := c.identify(ctx, t)
	if err != nil {
		return Identity{}, err
	}
	ctx, cancel := c.within(ctx, id)
	defer cancel()
	if ask, ok := id.kind.(emailer); ok {
		id.principal, err = ask.email(ctx, c)
		if err != nil {
			r := &request{op: "read source identity", object: id.src.String(), t: t, id: id}
			return Identity{}, r.explainAs(asFailure(err, true), 0)
		}
	}
	return id.describe(t), nil
}

// Known is Identity without any call: the principal is what is written down, or what
// came with a token that is still cached.
func (c *Client) Known(ctx context.Context, t helper.Target) (Identity, error) {
	id, err := c.identify(ctx, t)
	if err != nil {
		return Identity{}, err
	}
	if id.principal == "" {
		_, _ = c.cached(ctx, id, sourceKey(id, []string{helper.DefaultScope}))
	}
	return id.describe(t), nil
}

// describe says what is known of the identity, on the way to a target.
func (id *identity) describe(t helper.Target) Identity {
	target := ""
	if t.ServiceAccount != "" {
		target = helper.BareAccount(t.ServiceAccount)
	}
	var delegates []string
	for _, d := range t.Delegates {
		delegates = append(delegates, helper.BareAccount(d))
	}
	return Identity{
		Kind: id.name, Principal: id.principal, Member: id.memberOf(), Where: id.src.String(), Own: accounts(id.own),
		Way: plan(id.principal, accounts(id.own), delegates, target), QuotaProject: id.quota, Unused: id.unused, Fingerprint: id.shown(),
	}
}

// identify reads the source identity that t names. The error is a *helper.Error.
func (c *Client) identify(ctx context.Context, t helper.Target) (*identity, error) {
	if c.wrong != nil {
		return nil, c.wrong
	}
	s, cred, err := c.open(ctx, t.Source)
	if err != nil {
		return nil, err
	}
	// A principal that is not known any more (the output_file of an executable has
	// expired) is no other one; nothing of it is kept.
	if s.Fingerprint != "" && cred.fingerprint != "" && cred.fingerprint != s.Fingerprint {
		return nil, changed(s)
	}
	if want := t.UniverseDomain; want != "" && cred.universe != "" && cred.universe != want {
		return nil, wrongUniverse(s, cred.universe, want)
	}
	id := &identity{credential: cred, about: cred.about(), src: s, store: c.store, want: t.UniverseDomain}
	if id.signsIn {
		id.login = c.signIn(s, accounts(cred.own), id.login)
		id.rescope = id.login
	}
	if cred.fingerprint == "" {
		id.store = nil
	}
	return id, nil
}

func changed(s helper.Source) *helper.Error {
	return &helper.Error{
		Who: helper.User, Op: "read source identity", Object: s.String(),
		Reason: "it changed while its token was being made; try again", Code: "source-changed",
	}
}

func wrongUniverse(s helper.Source, universe, want string) error {
	universe = helper.OneLine(universe, 80)
	return documentError(s, helper.SetCommand("GOOGLE_CLOUD_UNIVERSE_DOMAIN", universe),
		fmt.Errorf("it belongs to the universe %q, and the target to %q", universe, want))
}

// shown is the fingerprint as others see it.
func (id *identity) shown() string { return cmp.Or(id.fingerprint, helper.Unshared) }

// printOf is the fingerprint of a source that is no document.
func (c *Client) printOf(s helper.Source) string {
	if s.Fingerprint != "" || s.Unshared != "" {
		return s.Fingerprint
	}
	return source.Digest(s.Kind, s.Path, s.Name, c.env.Getenv("GCE_METADATA_HOST"))
}
