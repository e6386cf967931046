package iam

import (
	"context"
	"errors"
	"net/url"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// externalUser is the sign-in of a person of a workforce pool.
type externalUser struct {
	place    *place
	document *source.Document

	audience, clientID, tokenURL, account string
	clientSecret, refreshToken            keystore.Secret
}

func newExternalUser(d *source.Document) (*credential, error) {
	if err := need(d, "refresh_token", "client_id", "client_secret", "token_url"); err != nil {
		return nil, err
	}
	u := &externalUser{
		audience: d.Text("audience"), clientID: d.Text("client_id"), clientSecret: d.Secret("client_secret"),
		refreshToken: d.Secret("refresh_token"), tokenURL: d.Text("token_url"), account: signedIn(d),
	}
	return &credential{kind: u, universe: d.Universe()}, checkURL("token_url", u.tokenURL)
}

func (u *externalUser) about() about {
	login := loginConfig(u.audience)
	return about{
		name: "external_account_authorized_user", principal: u.account, member: poolMember(u.audience, ""),
		login: login, rescope: login, rescoper: helper.User, signsIn: true,
	}
}

// lies implements placed.
func (u *externalUser) lies(p *place, d *source.Document) { u.place, u.document = p, d }

// token refreshes the sign-in. The client speaks in the Authorization header
// there, unescaped. A refresh token that the server renews is written back.
func (u *externalUser) token(ctx context.Context, c *Client, _ []string, _ freshness) (bearer, error) {
	exchangeOf(ctx).at(atLogin)
	var b bearer
	err := c.renewing(ctx, u.place, u.document, func(refresh string) (next string, err error) {
		form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}
		b, next, err = c.postForm(ctx, u.tokenURL, form, u.clientID, u.clientSecret.Reveal())
		return next, err
	})
	var lost lostError
	if errors.As(err, &lost) {
		b.lost, err = clean(lost.Error(), nil), nil
	}
	return b, err
}

func (u *externalUser) refused(f *failure, who, said string, e *helper.Error) {
	refusedLogin(f, who, said, e)
}
