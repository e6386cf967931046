package issuer

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// remoteIdentity is the plugin's end of the Identity service.
type remoteIdentity struct{ client issuerpb.IdentityClient }

var _ Identity = (*remoteIdentity)(nil)

func (r *remoteIdentity) AccessToken(ctx context.Context, scopes ...string) (Token, error) {
	return token(r.client.AccessToken(ctx, &issuerpb.AccessTokenRequest{Scopes: scopes}))
}

func (r *remoteIdentity) IDToken(ctx context.Context, audience string) (Token, error) {
	return token(r.client.IDToken(ctx, &issuerpb.IDTokenRequest{Audience: audience}))
}

func (r *remoteIdentity) SignBlob(ctx context.Context, blob []byte) (Signature, error) {
	return signature(r.client.SignBlob(ctx, &issuerpb.SignRequest{Payload: blob}))
}

func (r *remoteIdentity) SignJWT(ctx context.Context, claims []byte) (Signature, error) {
	return signature(r.client.SignJWT(ctx, &issuerpb.SignRequest{Payload: claims}))
}

func token(r *issuerpb.TokenResponse, err error) (Token, error) {
	if err := failed("token", r.GetFailure(), err); err != nil {
		return Token{}, err
	}
	t := r.GetToken()
	if t.GetSecret() == "" {
		return Token{}, errors.New("the identity returned no token")
	}
	return Token{Secret: NewSecret(t.GetSecret()), Expires: t.GetExpires().AsTime()}, nil
}

func signature(r *issuerpb.SignResponse, err error) (Signature, error) {
	if err := failed("signature", r.GetFailure(), err); err != nil {
		return Signature{}, err
	}
	s := r.GetSignature()
	if len(s.GetSigned()) == 0 {
		return Signature{}, errors.New("the identity returned no signature")
	}
	return Signature{KeyID: s.GetKeyId(), Signed: s.GetSigned()}, nil
}

func failed(what string, f *issuerpb.Failure, err error) error {
	switch {
	case status.Code(err) == codes.DeadlineExceeded:
		return &identityError{&Error{Who: helper.User, Reason: "the identity gave no " + what + " in time", Unreachable: true}}
	case err != nil:
		return fmt.Errorf("ask the identity for a %s: %w", what, err)
	case f != nil:
		return &identityError{&Error{Who: who(f.GetWho()), Reason: f.GetReason(), Hint: f.GetHint(), Unreachable: f.GetUnreachable()}}
	}
	return nil
}
