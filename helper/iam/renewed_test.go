package iam

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// replaceFile is what the core does, less its care for modes and links.
func replaceFile(path string, old, now []byte) error {
	there, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(there, old) {
		return errors.New("it changed")
	}
	next := path + ".next" // who reads it meanwhile finds the old one or the new one
	if err := os.WriteFile(next, now, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// kept is a keyring.
type kept struct{ identities }

func (k kept) Add(_ context.Context, name string, doc keystore.Secret) error {
	k.identities[name] = doc.Reveal()
	return nil
}

// A workforce pool's server may renew the refresh token with every use and forget
// the old one: the new one is put where the old one was, and the identity is still
// the same.
func TestRenewed(t *testing.T) {
	for name, make := range map[string]func(w *world) (target helper.Target, doc func() []byte){
		"file": func(w *world) (helper.Target, func() []byte) {
			target := w.target(w.s.ExternalUserADC("bob"), deployer)
			return target, func() []byte { return must(os.ReadFile(target.Source.Path))(w.T) }
		},
		"keyring": func(w *world) (helper.Target, func() []byte) {
			ids := kept{identities{"work": string(w.s.ExternalUserADC("bob"))}}
			w.c.ids = ids
			return w.sourceTarget(helper.Source{Kind: "keyring", Name: "work"}, deployer), func() []byte { return []byte(ids.identities["work"]) }
		},
		"inside": func(w *world) (helper.Target, func() []byte) {
			target := w.target(w.s.ImpersonatedADC(w.s.ExternalUserADC("bob"), middle), deployer)
			return target, func() []byte { return must(os.ReadFile(target.Source.Path))(w.T) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			target, doc := make(w)
			w.s.RotateRefreshTokens()
			for _, account := range []string{middle, deployer} {
				w.s.Grant(w.s.WorkforcePrincipal("bob").Email, iamtest.RoleTokenCreator, account)
			}
			w.s.Grant(middle, iamtest.RoleTokenCreator, deployer)
			before := doc()
			first := must(source.Parse(before))(t)
			w.c.replace, w.c.store = replaceFile, nil
			for range 3 {
				tok := w.mint(target)
				w.wantPrincipal(tok, deployer)
				if tok.Fingerprint != first.Fingerprint(source.Principal{}) {
					t.Errorf("the identity is another one now: %s", tok.Fingerprint)
				}
				w.spy.addDocument(doc())
			}
			now := must(source.Parse(doc()))(t)
			if now.Base().Text("refresh_token") == first.Base().Text("refresh_token") {
				t.Error("the refresh token is the old one")
			}
			if got, want := strings.Count(string(doc()), "\n"), strings.Count(string(before), "\n"); got != want {
				t.Errorf("%d lines became %d", want, got)
			}
			w.noSecrets()
		})
	}
}

// Processes that use it at the same time do so one after the other.
func TestRenewedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.env["XDG_RUNTIME_DIR"] = t.TempDir()
	target := w.target(w.s.ExternalUserADC("bob"), deployer)
	w.s.RotateRefreshTokens()
	w.s.Grant(w.s.WorkforcePrincipal("bob").Email, iamtest.RoleTokenCreator, deployer)
	var wait sync.WaitGroup
	for range 8 {
		c := w.client()
		c.replace, c.store = replaceFile, nil
		wait.Go(func() {
			if _, err := c.Mint(context.Background(), target); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
}

// Where it cannot be written the token at hand is answered, and the failure that
// follows says what happened.
func TestRenewedLost(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.ExternalUserADC("bob"), deployer)
	w.s.RotateRefreshTokens()
	w.s.Grant(w.s.WorkforcePrincipal("bob").Email, iamtest.RoleTokenCreator, deployer)
	w.c.replace = func(string, []byte, []byte) error { return errors.New("read-only file system") }
	w.wantPrincipal(w.mint(target), deployer)
	own := target
	own.ServiceAccount, own.Own = "", true
	w.wantError(own, "sign-in", "read-only file system")
}

// Another sign-in that takes its place meanwhile is neither used nor overwritten.
func TestRenewedReplaced(t *testing.T) {
	w := newWorld(t)
	target := w.target(w.s.ExternalUserADC("bob"), deployer)
	w.s.RotateRefreshTokens()
	cred, err := w.c.openSource(t.Context(), target.Source)
	if err != nil {
		t.Fatal(err)
	}
	other := w.s.ExternalUserADC("carol")
	if err := os.WriteFile(target.Source.Path, other, 0o600); err != nil {
		t.Fatal(err)
	}
	w.c.replace = replaceFile
	if _, err := cred.kind.token(t.Context(), w.c, nil, newToken); err == nil {
		t.Error("a token of another sign-in")
	}
	if now := must(os.ReadFile(target.Source.Path))(t); !bytes.Equal(now, other) {
		t.Error("it was overwritten")
	}
}
