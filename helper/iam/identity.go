package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	// Principal is its e-mail, "" when that cannot be told without signing in.
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
	Fingerprint  string
}

// identity is a source identity that can be asked for a token.
type identity struct {
	kind        string
	principal   string
	base        *document
	own         []string
	quota       string
	fingerprint string
	src         helper.Source
}

const maxDocument = 1 << 20

// Identity reads the target's source identity and says who it is. On a machine
// with a metadata server it asks that for the e-mail; it calls nobody else.
func (c *Client) Identity(ctx context.Context, t helper.Target) (Identity, error) {
	ctx, cancel := c.within(ctx)
	defer cancel()
	id, err := c.identify(ctx, t)
	if err != nil {
		return Identity{}, err
	}
	if id.kind == "metadata" {
		id.principal, err = c.metadataEmail(ctx)
		if err != nil {
			r := &request{op: "read source identity", object: id.src.String(), t: t, id: id}
			return Identity{}, r.explainAs(asFailure(err, true), 0)
		}
	}
	target := ""
	if t.ServiceAccount != "" {
		target = helper.BareAccount(t.ServiceAccount)
	}
	var delegates []string
	for _, d := range t.Delegates {
		delegates = append(delegates, helper.BareAccount(d))
	}
	return Identity{
		Kind: id.kind, Principal: id.principal, Member: id.member(), Where: id.src.String(), Own: slices.Clone(id.own),
		Way: plan(id.principal, id.own, delegates, target), QuotaProject: id.quota, Fingerprint: id.fingerprint,
	}, nil
}

// identify reads the source identity that t names. The error is a *helper.Error.
func (c *Client) identify(ctx context.Context, t helper.Target) (*identity, error) {
	s := t.Source
	switch s.Kind {
	case "metadata", "gcloud":
		id := &identity{kind: s.Kind, src: s, fingerprint: s.Fingerprint}
		if s.Kind == "gcloud" {
			id.principal = s.Name
		}
		if id.fingerprint == "" {
			id.fingerprint = source.Digest(s.Kind, s.Path, s.Name, c.env.Getenv("GCE_METADATA_HOST"))
		}
		return id, nil
	case "file", "keyring":
	default:
		return nil, &helper.Error{
			Who: helper.Us, Op: "read source identity", Object: s.String(),
			Reason: "its kind is not one of file, keyring, gcloud and metadata", Code: "bad-parameter",
		}
	}
	raw, err := c.readDocument(ctx, s)
	if err != nil {
		return nil, err
	}
	d, perr := parseDocument(raw)
	if perr != nil {
		return nil, documentError(s, perr)
	}
	if s.Fingerprint != "" && d.fingerprint != s.Fingerprint {
		return nil, &helper.Error{
			Who: helper.User, Op: "read source identity", Object: s.String(),
			Reason: "it changed while its token was being made; try again", Code: "source-changed",
		}
	}
	base, own := d.unfold()
	universe := base.Universe
	if universe == "" {
		universe = helper.DefaultUniverse
	}
	if want := t.UniverseDomain; want != "" && universe != want {
		return nil, documentError(s, fmt.Errorf("it belongs to the universe %q, and the target to %q", helper.OneLine(universe, 80), want))
	}
	id := &identity{kind: base.Type, base: base, own: own, quota: d.Quota, fingerprint: d.fingerprint, src: s}
	switch {
	case base.Type == typeKey:
		id.principal = base.ClientEmail
	case strings.Contains(base.Account, "@") && helper.CheckServiceAccount(base.Account) == nil:
		id.principal = base.Account
	}
	if strings.ContainsFunc(id.quota, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, documentError(s, errors.New("its quota_project_id is not a project"))
	}
	return id, nil
}

// readDocument reads a credential document from a file or the keyring.
func (c *Client) readDocument(ctx context.Context, s helper.Source) ([]byte, error) {
	if s.Kind == "file" {
		raw, err := helper.ReadFile(s.Path, maxDocument)
		if err != nil {
			return nil, documentError(s, err)
		}
		return raw, nil
	}
	if c.ids == nil {
		return nil, documentError(s, errors.New("this program has no access to the keyring"))
	}
	doc, err := c.ids.Get(ctx, s.Name)
	if errors.Is(err, keystore.ErrNotFound) {
		return nil, &helper.Error{
			Who: helper.User, Op: "read source identity", Object: s.String(), Reason: "the keyring has no such identity",
			Hint: addIdentity(s), Code: "no-source", Cause: err,
		}
	}
	if err != nil {
		return nil, documentError(s, err)
	}
	return []byte(doc.Reveal()), nil
}

func documentError(s helper.Source, err error) error {
	hint := source.LoginADC
	if s.Kind == "keyring" {
		hint = addIdentity(s)
	}
	return &helper.Error{
		Who: helper.User, Op: "read source identity", Object: s.String(), Reason: helper.OneLine(err.Error(), maxMessage),
		Hint: hint, Code: "bad-source", Cause: err,
	}
}

func addIdentity(s helper.Source) string {
	return source.AddCommand(s.Name)
}
