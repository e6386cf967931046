package iam

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/api/iamcredentials/v1"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// MaxPayload is the most that SignBlob and SignJWT take, in bytes. The API
// states no limit; this one keeps a mistake from being sent. What is sent is never
// too large for its answer.
const MaxPayload = 1 << 20

// maxClaimLife is the farthest end of a JWT that the API signs.
const maxClaimLife = 12 * time.Hour

// Signature is what SignBlob returns: RSA PKCS 1 v1.5 over SHA-256, by a key
// that Google holds.
type Signature struct {
	// KeyID names the key; its public half is at
	// https://www.googleapis.com/service_accounts/v1/metadata/x509/EMAIL.
	KeyID string
	// Bytes is the signature itself.
	Bytes []byte
	// Account is whose signature it is.
	Account string
}

// SignedJWT is what SignJWT returns.
type SignedJWT struct {
	KeyID string
	// JWT is a secret where it is accepted as a credential.
	JWT     keystore.Secret
	Account string
}

// SignBlob signs payload as the target's service account. Errors are
// *helper.Error.
func (c *Client) SignBlob(ctx context.Context, t helper.Target, payload []byte) (Signature, error) {
	if err := checkSize(payload); err != nil {
		return Signature{}, badParameter("payload", err)
	}
	r, err := c.prepareSign(ctx, "sign bytes as", t)
	if err != nil {
		return Signature{}, err
	}
	ctx, cancel := c.within(ctx, r.id)
	defer cancel()
	out := Signature{Account: r.object}
	err = c.call(ctx, r, func(ctx context.Context, svc *iamcredentials.Service, h hop) error {
		call := svc.Projects.ServiceAccounts.SignBlob(h.name(), &iamcredentials.SignBlobRequest{
			Delegates: h.delegates(), Payload: base64.StdEncoding.EncodeToString(payload),
		}).Context(ctx)
		h.apply(call.Header())
		reply, err := call.Do()
		if err != nil {
			return err
		}
		x := exchangeOf(ctx)
		sig, err := base64.StdEncoding.DecodeString(reply.SignedBlob)
		if err == nil && (len(sig) < 64 || len(sig) > 4096) {
			err = errors.New("it holds no signature")
		}
		if err == nil {
			err = checkKeyID(reply.KeyId)
		}
		if err != nil {
			return badReply(x.host, err)
		}
		out.KeyID, out.Bytes = reply.KeyId, sig
		return nil
	})
	if err != nil {
		return Signature{}, c.explain(ctx, r, err)
	}
	return out, nil
}

// SignJWT signs claims, a JSON object, as the target's service account. Where
// they have an exp it must be an integer at most 12 hours ahead. Errors are
// *helper.Error.
func (c *Client) SignJWT(ctx context.Context, t helper.Target, claims []byte) (SignedJWT, error) {
	err := checkSize(claims)
	if err == nil {
		err = checkClaims(claims, c.env.Now())
	}
	if err != nil {
		return SignedJWT{}, badParameter("claims", err)
	}
	r, err := c.prepareSign(ctx, "sign JWT as", t)
	if err != nil {
		return SignedJWT{}, err
	}
	ctx, cancel := c.within(ctx, r.id)
	defer cancel()
	out := SignedJWT{Account: r.object}
	if err := c.call(ctx, r, c.signJWTMethod(func() string { return string(claims) }, &out)); err != nil {
		return SignedJWT{}, c.explain(ctx, r, err)
	}
	return out, nil
}

// checkSize keeps what is too large from being sent.
func checkSize(payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("it is larger than %d bytes; sign a digest instead", MaxPayload)
	}
	return nil
}

// prepareSign is prepare for what needs an account and neither scopes nor an
// audience.
func (c *Client) prepareSign(ctx context.Context, op string, t helper.Target) (*request, error) {
	t.Token, t.Scopes, t.Audience = helper.Access, []string{cloudPlatform}, ""
	r, err := c.prepare(ctx, op, t)
	if err != nil {
		return nil, err
	}
	r.sign = true
	if len(r.way) == 0 {
		return nil, needsAccount(op, r.object)
	}
	return r, nil
}

// signJWTMethod is signJwt; claims is called again for each attempt.
func (c *Client) signJWTMethod(claims func() string, out *SignedJWT) method {
	return func(ctx context.Context, svc *iamcredentials.Service, h hop) error {
		sent := claims()
		call := svc.Projects.ServiceAccounts.SignJwt(h.name(), &iamcredentials.SignJwtRequest{
			Delegates: h.delegates(), Payload: sent,
		}).Context(ctx)
		h.apply(call.Header())
		reply, err := call.Do()
		if err != nil {
			return err
		}
		x := exchangeOf(ctx)
		c.learnClock(x.date)
		err = checkSigned(reply.SignedJwt, sent)
		if err == nil {
			err = checkKeyID(reply.KeyId)
		}
		if err != nil {
			return badReply(x.host, err)
		}
		out.KeyID, out.JWT, out.Account = reply.KeyId, keystore.NewSecret(reply.SignedJwt), h.account()
		return nil
	}
}

// checkClaims checks what signJwt wants of its payload: a JSON object whose exp,
// if there is one, is an integer in the future, at most 12 hours ahead.
func checkClaims(raw []byte, now time.Time) error {
	if _, err := canonical(raw); err != nil {
		return errors.New("the claims are not a JSON object")
	}
	var members map[string]json.RawMessage // a struct would match EXP too
	if err := json.Unmarshal(raw, &members); err != nil || members["exp"] == nil {
		return err
	}
	var exp int64
	if json.Unmarshal(members["exp"], &exp) != nil || string(members["exp"]) == "null" {
		return errors.New("the claim exp is not an integer")
	}
	// The local clock may be slightly wrong; the API decides.
	switch left := time.Unix(exp, 0).Sub(now); {
	case left <= -slack:
		return errors.New("the claim exp is in the past")
	case left > maxClaimLife+slack:
		return errors.New("the claim exp is more than 12 hours ahead")
	}
	return nil
}
