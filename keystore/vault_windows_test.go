package keystore

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// TestCredentialManager keeps tokens of all sizes that there are in Windows' own
// Credential Manager, each whole or not at all: it takes 2,560 bytes of an item.
func TestCredentialManager(t *testing.T) {
	ctx := t.Context()
	k := newKeyring(Options{Getenv: os.Getenv, Now: time.Now})
	const key Key = "v1/test/credential-manager"
	t.Cleanup(func() { _ = k.Delete(t.Context(), key) })
	for _, c := range []struct {
		bytes int
		fits  bool
	}{{200, true}, {1024, true}, {2048, true}, {2400, true}, {2560, false}, {4096, false}} {
		if err := k.Delete(ctx, key); err != nil && !errors.Is(err, ErrNotFound) {
			t.Fatal(err)
		}
		want := strings.Repeat("x", c.bytes)
		now := time.Now()
		err := k.Put(ctx, key, Entry{Secret: NewSecret(want), Issued: now, Expires: now.Add(time.Hour)})
		if c.fits != (err == nil) || !c.fits && !errors.Is(err, ErrTooBig) {
			t.Errorf("%d bytes: put: %v", c.bytes, err)
			continue
		}
		got, err := k.Get(ctx, key)
		switch {
		case c.fits && (err != nil || got.Secret.Reveal() != want):
			t.Errorf("%d bytes: get: %v", c.bytes, err)
		case !c.fits && !errors.Is(err, ErrNotFound):
			t.Errorf("%d bytes, which do not fit: get: %v", c.bytes, err)
		}
		keys, err := k.List(ctx)
		if err != nil || c.fits != (len(keys) == 1) {
			t.Errorf("%d bytes: %d items, %v", c.bytes, len(keys), err)
		}
	}
}
