package iam

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"google.golang.org/api/iamcredentials/v1"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// Mint makes the token that the target asks for: an access token, an ID token,
// or a self-signed JWT of the service account. Without a service account it is the
// source identity's own access token where the target asks for that (Own), or that
// of the account that its credential file impersonates; else it is an error. It
// implements helper.Minter. Errors are *helper.Error.
func (c *Client) Mint(ctx context.Context, t helper.Target) (helper.Token, error) {
	r, err := c.prepare(ctx, "mint "+kindName(t.Token)+" for", t)
	if err != nil {
		return helper.Token{}, err
	}
	ctx, cancel := c.within(ctx, r.id)
	defer cancel()
	issued := c.env.Now()
	var b bearer
	switch {
	case len(r.way) == 0 && !t.Own:
		return helper.Token{}, needsAccount(r.op, r.object)
	case r.own():
		b, err = c.sourceToken(ctx, r.id, r.t.Scopes, newToken, "")
	case len(r.way) == 0:
		return helper.Token{}, needsAccount(r.op, r.object)
	case r.t.Token == helper.ID:
		r.role = openIDTokenCreator
		err = c.call(ctx, r, c.idMethod(r.t, &b))
	case r.t.Token == helper.JWT:
		r.timed = true
		b, err = c.mintJWT(ctx, r)
	default:
		err = c.call(ctx, r, c.accessMethod(r.t.Scopes, r.t.Lifetime, &b))
	}
	if err != nil {
		return helper.Token{}, c.explain(ctx, r, err)
	}
	issued = c.counted(issued)
	if !b.issued.IsZero() && b.issued.Before(issued) {
		issued = b.issued
	}
	return helper.Token{
		Secret: keystore.NewSecret(b.secret), Issued: issued, Expires: b.expires,
		Fingerprint: r.id.shown(),
	}, nil
}

// own reports whether the source's own token is the answer: where no account is
// impersonated, and where the target is the key's own account, which would need a
// grant on itself to be impersonated.
func (r *request) own() bool {
	if r.t.Token != helper.Access {
		return false
	}
	if len(r.way) == 0 {
		return true
	}
	_, holdsKey := r.id.kind.(selfSigner)
	return holdsKey && len(r.way) == 1 && strings.EqualFold(r.way[0], r.id.principal) &&
		r.t.Lifetime == helper.DefaultLifetime
}

func kindName(k helper.Kind) string {
	switch k {
	case helper.ID:
		return "ID token"
	case helper.JWT:
		return "JWT"
	}
	return "access token"
}

func needsAccount(op, object string) error {
	const why = "it needs a service account, and none is configured"
	return &helper.Error{
		Who: helper.User, Op: op, Object: object, Reason: why,
		Hint: "credential-iam configure --service-account EMAIL", Code: "no-account",
		Cause: &ParameterError{"serviceAccount", errors.New(why)},
	}
}

// idMethod is generateIdToken; the token goes to out.
func (c *Client) idMethod(t helper.Target, out *bearer) method {
	return func(ctx context.Context, svc *iamcredentials.Service, h hop) error {
		call := svc.Projects.ServiceAccounts.GenerateIdToken(h.name(), &iamcredentials.GenerateIdTokenRequest{
			Audience: t.Audience, Delegates: h.delegates(), IncludeEmail: t.IncludeEmail,
			OrganizationNumberIncluded: t.OrganizationNumber,
		}).Context(ctx)
		h.apply(call.Header())
		return mint(ctx, c, out, call.Do, func(reply *iamcredentials.GenerateIdTokenResponse, date, asked time.Time) (bearer, error) {
			end, err := checkID(reply.Token, t, h.account(), date, asked)
			return bearer{secret: reply.Token, expires: end}, err
		})
	}
}

// mintJWT has the API sign a token of the account's own, for the audience.
func (c *Client) mintJWT(ctx context.Context, r *request) (bearer, error) {
	account := r.way[len(r.way)-1]
	if !strings.Contains(account, "@") {
		return bearer{}, &failure{fatal: true, local: &helper.Error{
			Who: helper.User, Op: r.op, Object: r.object, Code: "bad-parameter",
			Reason: "a JWT names its account by e-mail address, which a numeric id does not give",
			Hint:   "gcloud iam service-accounts describe " + helper.ShellWord(account) + " --format=" + helper.ShellWord("value(email)"),
			Cause:  &ParameterError{"serviceAccount", errors.New("a JWT needs its e-mail address")},
		}}
	}
	var signed SignedJWT
	var life time.Duration
	sign := c.signJWTMethod(func() string {
		issued := c.now().Add(-backdate)
		life = r.t.Lifetime.Truncate(time.Second)
		payload, _ := json.Marshal(map[string]any{
			"iss": account, "sub": account, "aud": r.t.Audience,
			"iat": issued.Unix(), "exp": issued.Add(life).Unix(),
		})
		return string(payload)
	}, &signed)
	before := c.now().Sub(c.env.Now())
	err := c.call(ctx, r, sign)
	if after := c.now().Sub(c.env.Now()); err == nil && (after-before).Abs() > backdate {
		// Signed with times that were wrong; the reply had the right ones.
		err = c.call(ctx, r, sign)
	}
	if err != nil {
		return bearer{}, err
	}
	end := c.env.Now().Add(life - backdate)
	if claims, cerr := parseClaims(signed.JWT.Reveal()); cerr == nil {
		if exp, nerr := claims.Expires.Int64(); nerr == nil {
			end = c.env.Now().Add(time.Unix(exp, 0).Sub(c.now()))
		}
	}
	return bearer{secret: signed.JWT.Reveal(), expires: end}, nil
}
