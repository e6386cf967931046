package keystore_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
)

func TestNone(t *testing.T) {
	ctx := context.Background()
	c, err := keystore.Open(ctx, "none", keystore.Options{Getenv: env(nil), Now: time.Now})
	must(t, err)
	now := time.Now()
	must(t, c.Put(ctx, "v1/a/b/c", keystore.Entry{Secret: keystore.NewSecret("s"), Issued: now, Expires: now.Add(time.Hour)}))
	if _, err := c.Get(ctx, "v1/a/b/c"); !errors.Is(err, keystore.ErrNotFound) {
		t.Errorf("Get: %v", err)
	}
	if keys, err := c.List(ctx); err != nil || len(keys) != 0 {
		t.Errorf("List: %v, %v", keys, err)
	}
	if n, err := keystore.Purge(ctx, c); err != nil || n != 0 {
		t.Errorf("Purge: %d, %v", n, err)
	}
	must(t, c.Delete(ctx, "v1/a/b/c"))
	if c.Name() != "none" || keystore.TimedOut(c) {
		t.Error("Name or TimedOut")
	}
}

func TestOpenNames(t *testing.T) {
	for _, name := range []string{"file", "Kernel", "secret-service", "memory", " "} {
		if c, err := keystore.Open(context.Background(), name, keystore.Options{Getenv: env(nil), Now: time.Now}); err == nil {
			t.Errorf("%q opens %s", name, c.Name())
		}
	}
}

func TestReason(t *testing.T) {
	session := strings.TrimPrefix(keystore.ErrNoSession.Error(), keystore.ErrUnavailable.Error()+": ")
	for err, want := range map[error]string{
		keystore.ErrNoSession:                        session,
		fmt.Errorf("x: %w", keystore.ErrNoSession):   session,
		fmt.Errorf("x: %w", keystore.ErrUnavailable): "x: " + keystore.ErrUnavailable.Error(),
		keystore.ErrLocked:                           keystore.ErrLocked.Error(),
	} {
		if got := keystore.Reason(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// TestOpenOrNone opens what is there, and says why anything else is none.
func TestOpenOrNone(t *testing.T) {
	o := keystore.Options{Getenv: env(map[string]string{"XDG_RUNTIME_DIR": t.TempDir()}), Now: time.Now}
	if c := keystore.OpenOrNone(context.Background(), "none", o); c.Name() != "none" || c.Passed != nil || c.Why != "asked for" {
		t.Errorf("none: %s (%s), %v", c.Name(), c.Why, c.Passed)
	}
	_, err := keystore.Open(context.Background(), "bogus", o)
	if c := keystore.OpenOrNone(context.Background(), "bogus", o); c.Name() != "none" || c.Passed == nil || c.Why != "bogus: "+err.Error() {
		t.Errorf("bogus: %s (%s), %v", c.Name(), c.Why, c.Passed)
	}
}
