package core

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

// issuer returns what mints by a plugin. The plugin gets the methods of the IAM
// client as the target's service account, and nothing else of the source.
func (c Core) issuer(client *iam.Client) helper.Minter {
	return interruptible{issuer.Minter{
		Options: c.hostOptions(),
		Identity: func(_ context.Context, t helper.Target) (issuer.Identity, error) {
			return newPluginIdentity(client, t), nil
		},
	}}
}

// Issuer asks a plugin, pinned to a digest or "", what it is.
func (c Core) Issuer(ctx context.Context, name, pin string) (issuer.Description, error) {
	h, err := issuer.Open(ctx, name, c.hostOptions())
	if err != nil {
		return issuer.Description{}, err
	}
	return h.Describe(ctx, pin)
}

// CheckIssuer returns why the plugin of a target cannot serve it, as far as that is known
// without a credential: it is not there, cannot be run, or does not take the options.
func (c Core) CheckIssuer(ctx context.Context, t helper.Target) error {
	d, err := c.Issuer(ctx, t.Issuer, t.Options["sha256"])
	if err != nil {
		return err
	}
	return d.CheckOptions(t.Host, t.Options)
}

func (c Core) hostOptions() issuer.HostOptions {
	return issuer.HostOptions{Env: c.Env, Environ: c.Environ, Dirs: issuer.DefaultDirs(c.Executable, c.Env)}
}

// interruptible ends a mint at an interrupt in good order: a plugin has a process
// group of its own, so a terminal's interrupt does not reach it. Other mints may
// die of it, and are spared the thread and the time that watching takes.
type interruptible struct{ helper.Minter }

// Mint implements helper.Minter.
func (m interruptible) Mint(ctx context.Context, t helper.Target) (helper.Token, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	return m.Minter.Mint(ctx, t)
}

// pluginIdentity is the identity that a plugin acts as: the four methods for one
// service account.
type pluginIdentity struct {
	client *iam.Client
	target helper.Target

	mu          sync.Mutex
	fingerprint string
}

// newPluginIdentity takes from t the account and its delegates. What t says of
// the host's own credential is the plugin's business.
func newPluginIdentity(client *iam.Client, t helper.Target) *pluginIdentity {
	t.Issuer, t.Options = helper.Google, nil
	t.Token, t.Scopes, t.Audience, t.IncludeEmail = helper.Access, []string{helper.DefaultScope}, "", false
	return &pluginIdentity{client: client, target: t}
}

// Fingerprint returns which source identity was really used, "" if none was yet.
func (p *pluginIdentity) Fingerprint() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fingerprint
}

// AccessToken implements issuer.Identity.
func (p *pluginIdentity) AccessToken(ctx context.Context, scopes ...string) (issuer.Token, error) {
	t := p.target
	if len(scopes) > 0 {
		t.Scopes = slices.Compact(slices.Sorted(slices.Values(scopes)))
	}
	return p.mint(ctx, t)
}

// IDToken implements issuer.Identity.
func (p *pluginIdentity) IDToken(ctx context.Context, audience string) (issuer.Token, error) {
	t := p.target
	t.Token, t.Scopes, t.Audience, t.IncludeEmail = helper.ID, nil, audience, true
	return p.mint(ctx, t)
}

func (p *pluginIdentity) mint(ctx context.Context, t helper.Target) (issuer.Token, error) {
	tok, err := p.client.Mint(ctx, t)
	if err != nil {
		return issuer.Token{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fingerprint = tok.Fingerprint
	return issuer.Token{Secret: tok.Secret, Expires: tok.Expires}, nil
}

// SignBlob implements issuer.Identity.
func (p *pluginIdentity) SignBlob(ctx context.Context, blob []byte) (issuer.Signature, error) {
	s, err := p.client.SignBlob(ctx, p.target, blob)
	if err != nil {
		return issuer.Signature{}, err
	}
	return issuer.Signature{KeyID: s.KeyID, Signed: s.Bytes}, nil
}

// SignJWT implements issuer.Identity.
func (p *pluginIdentity) SignJWT(ctx context.Context, claims []byte) (issuer.Signature, error) {
	s, err := p.client.SignJWT(ctx, p.target, claims)
	if err != nil {
		return issuer.Signature{}, err
	}
	return issuer.Signature{KeyID: s.KeyID, Signed: []byte(s.JWT.Reveal())}, nil
}
