package iam

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// user is the sign-in of a person: "gcloud auth application-default login".
type user struct {
	clientID, tokenURI, account string
	clientSecret, refreshToken  keystore.Secret
	// scopes are those that the document wants, none for all that the person granted;
	// rapt proves that the person signed in again, where the organization wants that.
	scopes []string
	rapt   keystore.Secret
}

func newUser(d *source.Document) (*credential, error) {
	if err := need(d, "refresh_token", "client_id"); err != nil {
		return nil, err
	}
	u := &user{
		clientID: d.Text("client_id"), clientSecret: d.Secret("client_secret"), refreshToken: d.Secret("refresh_token"),
		tokenURI: tokenURI(d), account: signedIn(d), scopes: d.List("scopes"), rapt: d.Secret("rapt_token"),
	}
	if len(u.scopes) > 0 {
		if err := checkScopes(u.scopes); err != nil {
			return nil, fmt.Errorf("in its scopes %w", err)
		}
	}
	return &credential{kind: u, universe: d.Universe()}, checkURL("token_uri", u.tokenURI)
}

func (u *user) about() about {
	return about{
		name: "authorized_user", principal: u.account, member: "user:EMAIL",
		login: source.LoginADC, rescope: source.LoginADC, rescoper: helper.User, signsIn: true,
	}
}

// token refreshes the sign-in. The scopes are those that the person granted, or those
// of them that the document names.
func (u *user) token(ctx context.Context, c *Client, _ []string, _ freshness) (bearer, error) {
	exchangeOf(ctx).at(atLogin)
	form := url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {u.refreshToken.Reveal()},
		"client_id": {u.clientID}, "client_secret": {u.clientSecret.Reveal()},
	}
	if len(u.scopes) > 0 {
		form.Set("scope", strings.Join(u.scopes, " "))
	}
	if !u.rapt.Empty() {
		form.Set("rapt", u.rapt.Reveal())
	}
	b, _, err := c.postForm(ctx, u.tokenURI, form, "", "")
	return b, err
}

func (u *user) refused(f *failure, who, said string, e *helper.Error) {
	refusedLogin(f, who, said, e)
}
