package keystore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Open returns the back end of the given name: "auto" (also ""), "kernel",
// "keyring", "tmpfs" or "none". A back end that cannot be opened is an error that
// says why (ErrUnavailable, ErrLocked); it is never replaced by another back end.
//
// "auto" never fails. It takes the first that works of: on Linux the kernel's
// keyring, then the desktop's, then none; elsewhere the platform's keyring, then
// none. What the kernel's keyring is too full for goes to the desktop's. A back end
// named in o.Skip, or one that runs out of time while it is
// opened, answers ErrTimeout at once (see [TimedOut]).
//
// The kernel's keyring is opened without writing to it and costs two stats, two
// look-ups in the environment and two system calls that the kernel rejects.
func Open(ctx context.Context, name string, o Options) (Choice, error) {
	switch name {
	case "", "auto":
		return openAuto(ctx, o), nil
	case "kernel":
		return openKernel(o, true)
	case "keyring":
		if o.Unchecked {
			return Choice{Store: newKeyring(o), Why: "asked for, and not checked yet"}, nil
		}
		return openKeyring(ctx, o)
	case "tmpfs":
		s, err := openTmpfs(o)
		if err != nil {
			return Choice{}, err
		}
		return Choice{Store: s, Why: "asked for"}, nil
	case "none":
		return Choice{Store: none{}, Why: "asked for"}, nil
	}
	return Choice{}, fmt.Errorf("keystore %q is not one of %s", name, strings.Join(Names(), ", "))
}

// Names returns the names that Open takes.
func Names() []string { return []string{"auto", "kernel", "keyring", "tmpfs", "none"} }

// OpenOrNone is Open for a request for a token: a back end that cannot be opened
// costs speed, not the credential, and so is as if there were none. Why says so.
func OpenOrNone(ctx context.Context, name string, o Options) Choice {
	c, err := Open(ctx, name, o)
	if err != nil {
		return Choice{Store: none{}, Why: name + ": " + err.Error(), Passed: err}
	}
	return c
}

// openAuto takes the first back end that works.
func openAuto(ctx context.Context, o Options) Choice {
	var passed []string
	var causes []error
	try := func(name string, open func() (Choice, error)) (Choice, bool) {
		if slices.Contains(o.Skip, name) {
			passed = append(passed, name+": ran out of time before")
			return Choice{}, false
		}
		c, err := open()
		if err != nil {
			passed, causes = append(passed, name+": "+Reason(err)), append(causes, err)
			return Choice{}, false
		}
		c.Why, c.Passed = strings.Join(append(passed, c.Why), "; "), errors.Join(causes...)
		return c, true
	}
	if kernelFirst {
		if c, ok := try("kernel", func() (Choice, error) { return openKernel(o, false) }); ok {
			c.Store = spill{c.Store, newKeyring(o), o}
			return c
		}
	}
	if c, ok := try("keyring", func() (Choice, error) { return openKeyring(ctx, o) }); ok {
		return c
	}
	return Choice{Store: none{}, Why: strings.Join(passed, "; "), Passed: errors.Join(causes...)}
}

// openKeyring opens the platform's keyring after a check that it answers and is
// unlocked. One that ran out of time is returned as such, so that the caller can
// pass the fact on.
func openKeyring(ctx context.Context, o Options) (Choice, error) {
	k := newKeyring(o)
	switch err := k.check(ctx); {
	case errors.Is(err, ErrTimeout):
		return Choice{Store: k, Why: "the keyring did not answer in time"}, nil
	case err != nil:
		return Choice{}, err
	}
	return Choice{Store: k, Why: "the " + keyringTitle}, nil
}

// All returns every back end that can be used here, whatever "auto" would choose:
// entries can be in any of them. Nothing is created by asking, and some may have
// no entry. It takes no longer than opening the keyring does.
func All(o Options) []Store {
	stores := allKernel(o)
	stores = append(stores, allTmpfs(o)...)
	if slices.Contains(o.Skip, "keyring") {
		return stores
	}
	if c, err := openKeyring(context.Background(), o); err == nil && !TimedOut(c.Store) {
		stores = append(stores, c.Store)
	}
	return stores
}

// Purge deletes every entry of s, of every kind and version, and returns how
// many. Source identities (see [Identities]) are not entries and stay.
func Purge(ctx context.Context, s Store) (int, error) {
	keys, err := s.List(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, key := range keys {
		if err2 := s.Delete(ctx, key); err2 != nil {
			err = errors.Join(err, err2)
			continue
		}
		n++
	}
	return n, err
}

// because is a sentinel error with its cause in plain words.
type because struct {
	error
	why string
}

func (b because) Error() string { return b.error.Error() + ": " + b.why }

func (b because) Unwrap() error { return b.error }

// unavailable says why a back end cannot be used.
func unavailable(why string) error { return because{ErrUnavailable, why} }

// Fix returns the command by which a person fixes the cause of an error of this
// package, or of another one that has a method Fix() string; "" where none is known.
// It is not part of the error's text.
func Fix(err error) string {
	var f interface {
		error
		Fix() string
	}
	if errors.As(err, &f) {
		return f.Fix()
	}
	return ""
}

// Reason returns the cause of an error in plain words, without those of
// ErrUnavailable or another error of this package.
func Reason(err error) string {
	var b because
	if errors.As(err, &b) {
		return b.why
	}
	return err.Error()
}
