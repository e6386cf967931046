package iam

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// Source is the source identity of a client, which impersonates: see
// [ApplicationDefault], [CredentialsFile], [CredentialsJSON] and [TokenSource].
type Source interface {
	// open returns what the identity is called and what gives its tokens. The error
	// is a *helper.Error.
	open(ctx context.Context, c *Client) (helper.Source, *credential, error)
}

// sourceFunc is a Source.
type sourceFunc func(ctx context.Context, c *Client) (helper.Source, *credential, error)

func (f sourceFunc) open(ctx context.Context, c *Client) (helper.Source, *credential, error) {
	return f(ctx, c)
}

// ApplicationDefault is the identity that Google's libraries find: the file that
// GOOGLE_APPLICATION_CREDENTIALS names, that of "gcloud auth application-default
// login", or the service account of the machine. It is looked for at each call.
func ApplicationDefault() Source {
	return sourceFunc(func(ctx context.Context, c *Client) (helper.Source, *credential, error) {
		s, err := source.Finder{Env: c.env, Identities: c.ids}.Find(ctx, "adc")
		if err != nil {
			return s, nil, err
		}
		cred, err := c.openSource(ctx, s)
		return s, cred, err
	})
}

// CredentialsFile is the identity in a credential file of any type that
// ApplicationDefault takes. It is read at each call.
func CredentialsFile(path string) Source {
	return sourceFunc(func(ctx context.Context, c *Client) (helper.Source, *credential, error) {
		s := helper.Source{Kind: "file", Path: path}
		abs, err := filepath.Abs(path)
		if err == nil && path == "" {
			err = errors.New("it names no file")
		}
		if err != nil {
			return s, nil, badParameter("source", err)
		}
		s.Path = abs
		cred, err := c.openSource(ctx, s)
		return s, cred, err
	})
}

// CredentialsJSON is the identity in the content of such a file. A refresh token that
// a server renews (external_account_authorized_user) is lost at the end.
func CredentialsJSON(document []byte) Source {
	document = slices.Clone(document)
	return sourceFunc(func(_ context.Context, c *Client) (helper.Source, *credential, error) {
		s := helper.Source{Kind: "credentials in memory"}
		p := &place{src: s, read: func(context.Context) ([]byte, error) { return document, nil }}
		cred, err := c.readDocument(p, func(error) string { return sourcesHelp }, document)
		return s, cred, err
	})
}

// open returns the source identity of a target: its own, or the client's.
func (c *Client) open(ctx context.Context, s helper.Source) (helper.Source, *credential, error) {
	switch {
	case s.Kind == "" && c.source != nil:
		return c.source.open(ctx, c)
	case s.Kind == "":
		return s, nil, badParameter("source", errors.New("neither the target nor the client has a source identity"))
	}
	cred, err := c.openSource(ctx, s)
	return s, cred, err
}
