package iam

import (
	"context"

	"golang.org/x/oauth2"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
	"github.com/credential-iam/credential-iam/keystore"
)

// user is the sign-in of a person: "gcloud auth application-default login".
type user struct {
	clientID, tokenURI, account string
	clientSecret, refreshToken  keystore.Secret
}

func newUser(d *source.Document) (*credential, error) {
	if err := need(d, "refresh_token", "client_id"); err != nil {
		return nil, err
	}
	u := &user{
		clientID: d.Text("client_id"), clientSecret: d.Secret("client_secret"), refreshToken: d.Secret("refresh_token"),
		tokenURI: tokenURI(d), account: signedIn(d),
	}
	return &credential{kind: u, universe: d.Universe()}, checkURL("token_uri", u.tokenURI)
}

func (u *user) about() about {
	return about{
		name: "authorized_user", principal: u.account, member: "user:EMAIL",
		login: source.LoginADC, rescope: source.LoginADC, rescoper: helper.User, signsIn: true,
	}
}

// token refreshes the sign-in. The scopes are those that the person granted.
func (u *user) token(ctx context.Context, c *Client, _ []string, _ freshness) (bearer, error) {
	exchangeOf(ctx).at(atLogin)
	cfg := &oauth2.Config{
		ClientID: u.clientID, ClientSecret: u.clientSecret.Reveal(),
		Endpoint: oauth2.Endpoint{TokenURL: u.tokenURI, AuthStyle: oauth2.AuthStyleInParams},
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	tok, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: u.refreshToken.Reveal()}).Token()
	if err != nil {
		return bearer{}, err
	}
	b := c.bearerOf(tok)
	if raw, ok := tok.Extra("id_token").(string); ok {
		if claims, err := parseClaims(raw); err == nil {
			b.principal = claims.Email
		}
	}
	return b, nil
}

func (u *user) refused(f *failure, who, said string, e *helper.Error) {
	refusedLogin(f, who, said, e)
}
