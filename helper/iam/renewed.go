package iam

import (
	"context"
	"errors"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// place is where a credential document lies, to be read again and to be replaced.
type place struct {
	src  helper.Source
	read func(ctx context.Context) ([]byte, error)
	// write puts now in the place of old; nil where that cannot be done.
	write func(ctx context.Context, old, now []byte) error
}

// lostError is the error of a renewed refresh token that could not be written back.
type lostError struct{ cause error }

// Error says so.
func (l lostError) Error() string {
	return "the refresh token that the server renewed last could not be written back: " + l.cause.Error()
}

// noteLost is a note about a source whose renewed refresh token is lost; its text
// says why.
const noteLost = "the renewed refresh token is lost"

// placed is a kind that changes its document.
type placed interface {
	// lies tells where the document lies, and how it was read.
	lies(p *place, d *source.Document)
}

// renewing uses the refresh token of a sign-in that the server may renew: use gets
// the one that is valid now and returns the next one, "" for the same. Processes do
// so one after the other, since the one that was used may not be used again. An
// error that is a lostError is about the writing alone.
func (c *Client) renewing(ctx context.Context, p *place, was *source.Document, use func(refresh string) (next string, err error)) error {
	key := keystore.NewKey("login", "", source.Digest(p.src.Kind, p.src.Path, p.src.Name))
	if locks, err := keystore.OpenLocks(c.env.Getenv); err == nil {
		if release, err := locks.Lock(ctx, key); err == nil {
			defer release()
		}
	}
	raw, err := p.read(ctx)
	if err != nil {
		return err
	}
	d, err := source.Parse(raw)
	if err != nil {
		return err
	}
	// Another sign-in has taken its place: the caller looks again.
	if d.Fingerprint(source.Principal{}) != was.Fingerprint(source.Principal{}) {
		return &failure{fatal: true, local: changed(p.src)}
	}
	refresh := d.Base().Text("refresh_token")
	next, err := use(refresh)
	if err != nil || next == "" || next == refresh {
		return err
	}
	now, err := d.Base().Renewed(next)
	if err == nil && p.write == nil {
		err = errors.New("this program cannot write there")
	}
	if err == nil {
		err = p.write(ctx, raw, now)
	}
	if err != nil {
		return lostError{err}
	}
	c.env.Log.Printf("source identity %s: the server renewed its refresh token, which is written back", p.src)
	return nil
}
