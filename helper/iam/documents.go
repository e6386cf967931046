package iam

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// openFile reads a credential document in a file.
func (c *Client) openFile(ctx context.Context, s helper.Source) (*credential, error) {
	p := &place{src: s, read: func(context.Context) ([]byte, error) { return helper.ReadFile(s.Path, source.MaxDocument) }}
	if c.replace != nil {
		p.write = func(_ context.Context, old, now []byte) error { return c.replace(s.Path, old, now) }
	}
	raw, err := p.read(ctx)
	if err != nil {
		return nil, documentError(s, c.another(s), err)
	}
	return c.readDocument(p, func(err error) string { return c.correct(s, err) }, raw)
}

// adder keeps identities in the keyring: keystore.Identities.
type adder interface {
	Add(ctx context.Context, name string, document keystore.Secret) error
}

// openKeyring reads a credential document that the keyring keeps.
func (c *Client) openKeyring(ctx context.Context, s helper.Source) (*credential, error) {
	fix := source.AddCommand(s.Name, "")
	if c.ids == nil {
		return nil, documentError(s, "", errors.New("this program has no access to the keyring"))
	}
	p := &place{src: s, read: func(ctx context.Context) ([]byte, error) {
		doc, err := c.ids.Get(ctx, s.Name)
		return []byte(doc.Reveal()), err
	}}
	if ids, ok := c.ids.(adder); ok {
		p.write = func(ctx context.Context, _, now []byte) error {
			return ids.Add(ctx, s.Name, keystore.NewSecret(string(now)))
		}
	}
	raw, err := p.read(ctx)
	if errors.Is(err, keystore.ErrNotFound) {
		return nil, &helper.Error{
			Who: helper.User, Op: "read source identity", Object: s.String(), Reason: "the keyring has no such identity",
			Hint: fix, Code: "no-source", Cause: err,
		}
	}
	if err != nil {
		return nil, documentError(s, keystore.Fix(err), err) // the keyring itself: another document would not help
	}
	return c.readDocument(p, func(error) string { return fix }, raw)
}

// readDocument makes the credential of a document. fix is the command for one that
// cannot be used.
func (c *Client) readDocument(p *place, fix func(error) string, raw []byte) (*credential, error) {
	s := p.src
	d, err := source.Parse(raw)
	if err != nil {
		return nil, documentError(s, fix(err), err)
	}
	who := d.Principal(c.env)
	cred, err := ofDocument(d, who)
	if err != nil {
		return nil, documentError(s, fix(err), err)
	}
	cred.quota, cred.fingerprint, cred.unused = d.Text("quota_project_id"), d.Fingerprint(who), d.Unused()
	if cred.quota != "" && helper.CheckProject(cred.quota) != nil {
		err = errors.New("its quota_project_id is not a project")
		return nil, documentError(s, fix(err), err)
	}
	if k, ok := cred.kind.(placed); ok {
		k.lies(p, d)
	}
	return cred, nil
}

func documentError(s helper.Source, fix string, err error) error {
	return &helper.Error{
		Who: helper.User, Op: "read source identity", Object: s.String(), Reason: helper.OneLine(err.Error(), maxMessage),
		Hint: fix, Code: "bad-source", Cause: err,
	}
}

// need returns why a document cannot be used that lacks any of the members.
func need(d *source.Document, names ...string) error {
	var lacks []string
	for _, name := range names {
		if d.Text(name) == "" {
			lacks = append(lacks, name)
		}
	}
	if len(lacks) == 0 {
		return nil
	}
	return fmt.Errorf("it lacks %s", strings.Join(lacks, " and "))
}

// signedIn returns the e-mail of a sign-in, where gcloud wrote it down.
func signedIn(d *source.Document) string {
	account := d.Text("account")
	if strings.Contains(account, "@") && helper.CheckServiceAccount(account) == nil {
		return account
	}
	return ""
}
