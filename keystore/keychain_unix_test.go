//go:build unix

package keystore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/credential-iam/credential-iam/keystore"
	"github.com/credential-iam/credential-iam/keystore/internal/keychain/keychaintest"
	"github.com/credential-iam/credential-iam/keystore/keystoretest"
)

// macOS's keyring keeps a store's promises on a stand-in for security, which fails two
// runs at a time as securityd does.
func TestKeychain(t *testing.T) {
	if os.Getenv("TEST_KEYCHAIN") == "" {
		t.Setenv("TEST_KEYCHAIN", keychaintest.Install(t))
		t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	}
	keystoretest.Run(t, func(*testing.T) keystore.Store {
		o := keystore.Options{Getenv: os.Getenv, Now: time.Now}
		return keystore.NewKeychain(os.Getenv("TEST_KEYCHAIN"), o, time.Minute)
	})
}

// A call that is over its time has ended security, and its child, when it returns: the
// process can end next.
func TestKeychainHangs(t *testing.T) {
	t.Parallel()
	path := keychaintest.Script(t, "echo $$ >\"$0.pid\"\nsleep 1000 &\nwait\n")
	s := keystore.NewKeychain(path, keystore.Options{Getenv: env(nil), Now: time.Now}, 5*time.Second)
	if _, err := s.Get(t.Context(), "v1/a/b/c"); !errors.Is(err, keystore.ErrTimeout) || !keystore.TimedOut(s) {
		t.Errorf("got %v", err)
	}
	b, err := os.ReadFile(path + ".pid")
	must(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	must(t, err)
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("security still runs: %v", err)
	}
}

// Each failure is the package's, with the command that fixes it.
func TestKeychainFix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status, fix string
		login       bool
		want        error
	}{
		{"44", "", false, keystore.ErrNotFound},
		{"36", "security unlock-keychain", false, keystore.ErrLocked},
		{"51", "security unlock-keychain", false, keystore.ErrLocked},
		{"128", "security unlock-keychain", false, keystore.ErrLocked},
		{"37", "security default-keychain -d user -s login.keychain-db", true, keystore.ErrUnavailable},
		{"37", "security create-keychain login.keychain-db && security default-keychain -d user -s login.keychain-db && " +
			"{ echo login.keychain-db; security list-keychains -d user; } | xargs security list-keychains -d user -s", false, keystore.ErrUnavailable},
		{"53", "", false, keystore.ErrUnavailable},
		{"45", "", false, keystore.ErrUnavailable},
	} {
		home := t.TempDir()
		if c.login {
			must(t, os.MkdirAll(filepath.Join(home, "Library", "Keychains"), 0o700))
			must(t, os.WriteFile(filepath.Join(home, "Library", "Keychains", "login.keychain-db"), nil, 0o600))
		}
		path := keychaintest.Script(t, "exit "+c.status+"\n")
		s := keystore.NewKeychain(path, keystore.Options{Getenv: env(map[string]string{"HOME": home}), Now: time.Now}, time.Minute)
		if _, err := s.Get(context.Background(), "v1/a/b/c"); !errors.Is(err, c.want) || keystore.Fix(errors.Join(err)) != c.fix {
			t.Errorf("%s: got %v, fix %q", c.status, err, keystore.Fix(err))
		}
	}
}

// A keychain to write to is asked for when the store is opened, except by who is in a
// hurry.
func TestKeychainCheck(t *testing.T) {
	t.Parallel()
	path := keychaintest.Install(t)
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "no-default"), nil, 0o600))
	for _, hurry := range []bool{false, true} {
		o := keystore.Options{Getenv: env(nil), Now: time.Now, Unchecked: hurry}
		err := keystore.Check(t.Context(), keystore.NewKeychain(path, o, time.Minute))
		if hurry && err != nil || !hurry && (!errors.Is(err, keystore.ErrUnavailable) || keystore.Fix(err) == "") {
			t.Errorf("in a hurry %v: got %v", hurry, err)
		}
	}
}
