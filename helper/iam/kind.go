package iam

import (
	"context"
	"time"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// kind is one kind of source identity: where its tokens come from and how it is
// described. Each has a file of its own. Those of a credential file are in
// ofDocument, the others in openSource.
type kind interface {
	// about says what is known of it without a call.
	about() about
	// token makes one attempt at a new token with the scopes.
	token(ctx context.Context, c *Client, scopes []string, how freshness) (bearer, error)
	// refused words in e the no of the server that gives its tokens: f, by said. who
	// names the source identity.
	refused(f *failure, who, said string, e *helper.Error)
}

// about is what is known of a kind of source identity without a call.
type about struct {
	// name is the type of the credential.
	name string
	// principal is its e-mail, "" where that takes a call.
	principal string
	// member is how IAM policies name it where no e-mail is known; what is not
	// known of it is a word in capitals, for a person to fill in.
	member string
	// login is the command that makes it good again, and rescope the one that
	// gives its tokens the scope cloud-platform, which is done by rescoper.
	login, rescope string
	rescoper       helper.Who
	// signsIn says that login makes a new document in gcloud's own place.
	signsIn bool
	// scoped says that a token has the scopes that it is asked for with; else it
	// has those of a sign-in.
	scoped bool
	// kept says that another program caches its tokens.
	kept bool
	// takes is how long a program may run that gives its token.
	takes time.Duration
}

// selfSigner is a kind that can sign a token itself, without a call.
type selfSigner interface {
	selfSigned(c *Client, scopes []string) (bearer, error)
}

// emailer is a kind whose e-mail takes a call.
type emailer interface {
	email(ctx context.Context, c *Client) (string, error)
}

// universer is a kind whose universe takes a call.
type universer interface {
	universe(ctx context.Context, c *Client, id *identity) (string, error)
}

// credential is what a source identity comes to: the kind that gives tokens, and
// what its document says besides.
type credential struct {
	kind
	// own are the accounts that the document itself impersonates, in order.
	own []link
	// universe and quota are the document's, "" where there is none.
	universe, quota string
	// unused are the members of the document that count for nothing.
	unused []string
	// fingerprint is "" where nothing may be kept, because the principal behind the
	// document is not known without a call or a program.
	fingerprint string
}

// openSource reads the source identity that s names. The error is a
// *helper.Error.
func (c *Client) openSource(ctx context.Context, s helper.Source) (*credential, error) {
	switch s.Kind {
	case "file":
		return c.openFile(ctx, s)
	case "keyring":
		return c.openKeyring(ctx, s)
	case "gcloud":
		return c.openGcloud(s), nil
	case "metadata":
		return c.openMetadata(s), nil
	}
	return nil, &helper.Error{
		Who: helper.Us, Op: "read source identity", Object: s.String(),
		Reason: "its kind is not one of file, keyring, gcloud and metadata", Code: "bad-parameter",
	}
}

// ofDocument makes the kind of a credential document, which it checks. The error
// is a phrase about "it" and holds nothing of the content but names, types and
// hosts.
func ofDocument(d *source.Document, p source.Principal) (*credential, error) {
	switch d.Type {
	case "authorized_user":
		return newUser(d)
	case "service_account":
		return newKey(d)
	case "external_account":
		return newExternal(d, p)
	case "external_account_authorized_user":
		return newExternalUser(d)
	case "impersonated_service_account":
		return newImpersonated(d, p)
	}
	return nil, d.Known()
}
