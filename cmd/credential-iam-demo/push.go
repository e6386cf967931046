package main

import (
	"context"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push pushes a small image to reference as any client of the library does: the
// credential comes from the helper that docker's configuration names. It
// returns the image's digest.
func push(ctx context.Context, reference string) (digest string, err error) {
	ref, err := name.ParseReference(reference)
	if err != nil {
		return "", err
	}
	image, err := random.Image(64<<10, 2)
	if err != nil {
		return "", err
	}
	hash, err := image.Digest()
	if err != nil {
		return "", err
	}
	err = remote.Write(ref, image, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
	return hash.String(), err
}
