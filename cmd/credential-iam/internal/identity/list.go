package identity

import (
	"context"
)

// Source is one identity, in its stable form.
type Source struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Principal string `json:"principal"`
	Error     string `json:"error,omitempty"`
}

// List returns the identities by name.
func (k Keeper) List(ctx context.Context) ([]Source, error) {
	names, err := k.Identities.List(ctx)
	if err != nil {
		return nil, keyringError("list", "source identities", err)
	}
	sources := []Source{}
	for _, name := range names {
		s := Source{Name: name}
		doc, err := k.Identities.Get(ctx, name)
		if err == nil {
			s.Type, s.Principal, err = k.inspect(ctx, doc)
		}
		if err != nil {
			s.Error = err.Error()
		}
		sources = append(sources, s)
	}
	return sources, nil
}

// Remove deletes an identity. It revokes nothing.
func (k Keeper) Remove(ctx context.Context, name string) error {
	if err := k.Identities.Remove(ctx, name); err != nil {
		return keyringError("remove source identity", name, err)
	}
	return nil
}
