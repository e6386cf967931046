package keystore

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/danieljoos/wincred"
	gokeyring "github.com/zalando/go-keyring"
)

const (
	keyringTitle = "Credential Manager"
	readLimit    = 2 * time.Second
	writeLimit   = 3 * time.Second
	endLimit     = 0
)

// credentialManager is Windows' Credential Manager, by go-keyring: generic
// credentials "SERVICE:USER" of at most 2,560 bytes. It neither prompts nor locks.
type credentialManager struct{}

func newVault(Options) vault { return credentialManager{} }

func (credentialManager) check(context.Context) error { return nil }

func (credentialManager) get(_ context.Context, service, user string) (string, error) {
	v, err := gokeyring.Get(service, user)
	return v, credentialError(err)
}

func (credentialManager) set(_ context.Context, service, user, value string) error {
	return credentialError(gokeyring.Set(service, user, value))
}

func (credentialManager) remove(_ context.Context, service, user string) error {
	if err := gokeyring.Delete(service, user); err != nil && !errors.Is(err, gokeyring.ErrNotFound) {
		return credentialError(err)
	}
	return nil
}

func (credentialManager) list(_ context.Context, service string) ([]string, error) {
	found, err := wincred.FilteredList(service + ":*")
	if err != nil {
		if errors.Is(err, wincred.ErrElementNotFound) {
			return nil, nil
		}
		return nil, credentialError(err)
	}
	var users []string
	for _, c := range found {
		if user, ok := strings.CutPrefix(c.TargetName, service+":"); ok {
			users = append(users, user)
		}
	}
	return users, nil
}

// credentialError names an error of go-keyring as the package does.
func credentialError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gokeyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, gokeyring.ErrSetDataTooBig):
		return ErrTooBig
	}
	return unavailable("Credential Manager: " + err.Error())
}
