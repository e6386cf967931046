package issuer

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer/issuerpb"
)

// servedIdentity is the host's end of the Identity service. It keeps the error
// of a call, whole, for the person; the plugin gets a copy of its words.
type servedIdentity struct {
	issuerpb.UnimplementedIdentityServer
	identity Identity
	journal  *journal
	// ctx ends with the request, whatever the plugin makes of its own.
	ctx context.Context

	calls   atomic.Int32
	waiting atomic.Int32
	// interrupted says that a call ended with its time rather than an answer.
	interrupted atomic.Bool

	mu   sync.Mutex
	last *helper.Error
}

var errCalls = errors.New("it called the identity too often")

// begin counts a call. The context of the call ends with either side.
func (s *servedIdentity) begin(ctx context.Context) (context.Context, func(), error) {
	if s.calls.Add(1) > maxCalls {
		return nil, nil, errCalls
	}
	s.waiting.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return ctx, func() {
		if ctx.Err() != nil {
			s.interrupted.Store(true)
		}
		s.waiting.Add(-1)
		stop()
		cancel()
	}, nil
}

// fail keeps the error and returns its wire form.
func (s *servedIdentity) fail(err error) *issuerpb.Failure {
	e := helper.AsError(err)
	s.mu.Lock()
	s.last = e
	s.mu.Unlock()
	return &issuerpb.Failure{
		Who: wireWho(e.Who), Reason: s.journal.clean(e.Op+" "+e.Object+": "+e.Reason, maxReason),
		Hint: s.journal.clean(e.Hint, maxReason), Unreachable: e.Unreachable,
	}
}

// slow reports whether a call waits, or waited until the time was up.
func (s *servedIdentity) slow() bool { return s.waiting.Load() > 0 || s.interrupted.Load() }

// failure returns the last error of the identity.
func (s *servedIdentity) failure() *helper.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// AccessToken serves Identity.AccessToken.
func (s *servedIdentity) AccessToken(ctx context.Context, r *issuerpb.AccessTokenRequest) (*issuerpb.TokenResponse, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.token(s.identity.AccessToken(ctx, r.GetScopes()...))
}

// IDToken serves Identity.IDToken.
func (s *servedIdentity) IDToken(ctx context.Context, r *issuerpb.IDTokenRequest) (*issuerpb.TokenResponse, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if r.GetAudience() == "" {
		return nil, errors.New("an ID token needs an audience")
	}
	return s.token(s.identity.IDToken(ctx, r.GetAudience()))
}

// SignBlob serves Identity.SignBlob.
func (s *servedIdentity) SignBlob(ctx context.Context, r *issuerpb.SignRequest) (*issuerpb.SignResponse, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	return s.signature(s.identity.SignBlob(ctx, r.GetPayload()))
}

// SignJWT serves Identity.SignJWT.
func (s *servedIdentity) SignJWT(ctx context.Context, r *issuerpb.SignRequest) (*issuerpb.SignResponse, error) {
	ctx, end, err := s.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer end()
	if !json.Valid(r.GetPayload()) {
		return nil, errors.New("the claims of a JWT are a JSON object")
	}
	return s.signature(s.identity.SignJWT(ctx, r.GetPayload()))
}

func (s *servedIdentity) token(t Token, err error) (*issuerpb.TokenResponse, error) {
	if err != nil {
		return &issuerpb.TokenResponse{Result: &issuerpb.TokenResponse_Failure{Failure: s.fail(err)}}, nil
	}
	s.journal.hide(t.Secret.Reveal())
	return &issuerpb.TokenResponse{Result: &issuerpb.TokenResponse_Token{Token: &issuerpb.Token{
		Secret: t.Secret.Reveal(), Expires: timestamppb.New(t.Expires),
	}}}, nil
}

func (s *servedIdentity) signature(g Signature, err error) (*issuerpb.SignResponse, error) {
	if err != nil {
		return &issuerpb.SignResponse{Result: &issuerpb.SignResponse_Failure{Failure: s.fail(err)}}, nil
	}
	s.journal.hide(string(g.Signed))
	return &issuerpb.SignResponse{Result: &issuerpb.SignResponse_Signature{Signature: &issuerpb.Signature{
		KeyId: g.KeyID, Signed: g.Signed,
	}}}, nil
}
