//go:build linux

package machine

import (
	"context"
	"errors"
	"time"

	"github.com/credential-iam/credential-iam/cmd/internal/testenv"
	"github.com/credential-iam/credential-iam/keystore"
)

// with calls f with the machine's keystore, as its user.
func (m *Machine) with(f func(ctx context.Context, s keystore.Store) error) error {
	return m.As(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), testenv.Patience)
		defer cancel()
		s, err := keystore.Open(ctx, m.Keystore, keystore.Options{Getenv: m.Getenv, Now: time.Now})
		if err != nil {
			return err
		}
		return f(ctx, s)
	})
}

// Forget empties the machine's keystore. In the keyring it does nothing: that is
// not the machine's alone.
func (m *Machine) Forget() {
	m.t.Helper()
	if m.Keystore == "keyring" || m.Keystore == "kernel" && !m.Isolated {
		return
	}
	m.check(m.with(func(ctx context.Context, s keystore.Store) error {
		_, err := keystore.Purge(ctx, s)
		return err
	}))
}

// ForgetSource forgets what is cached of the source identity.
func (m *Machine) ForgetSource() {
	m.t.Helper()
	m.check(m.with(func(ctx context.Context, s keystore.Store) error {
		keys, err := s.List(ctx)
		for _, key := range keys {
			if kind, _, _, _ := key.Split(); kind == "source" {
				err = errors.Join(err, s.Delete(ctx, key))
			}
		}
		return err
	}))
}

// Age makes the cached token of the docker client's host older, as if d had
// passed since it was minted.
func (m *Machine) Age(d time.Duration) {
	m.t.Helper()
	m.check(m.As(func() error { return m.Home.Age(context.Background(), DockerHost, d) }))
}

// AgeTo makes the cached token of the docker client's host so old, however long the test
// has taken since it was minted.
func (m *Machine) AgeTo(age time.Duration) {
	m.t.Helper()
	m.check(m.with(func(ctx context.Context, s keystore.Store) error {
		target, err := m.Target(ctx, DockerHost)
		if err != nil {
			return err
		}
		e, err := s.Get(ctx, target.Key())
		if err != nil {
			return err
		}
		d := age - time.Since(e.Issued)
		e.Issued, e.Expires = e.Issued.Add(-d), e.Expires.Add(-d)
		return s.Put(ctx, target.Key(), e)
	}))
}

// Cached is the cached token of the docker client's host, "" if there is none.
func (m *Machine) Cached() string {
	m.t.Helper()
	token := ""
	err := m.with(func(ctx context.Context, s keystore.Store) error {
		target, err := m.Target(ctx, DockerHost)
		if err == nil {
			var e keystore.Entry
			e, err = s.Get(ctx, target.Key())
			token = e.Secret.Reveal()
		}
		return err
	})
	if err != nil && !errors.Is(err, keystore.ErrNotFound) {
		m.t.Error(err)
	}
	return token
}
