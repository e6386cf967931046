package iam

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// userToken refreshes the sign-in of a person. The scopes are those that the
// person granted.
func (c *Client) userToken(ctx context.Context, d *document) (bearer, error) {
	cfg := &oauth2.Config{
		ClientID: d.ClientID, ClientSecret: d.ClientSecret,
		Endpoint: oauth2.Endpoint{TokenURL: d.TokenURI, AuthStyle: oauth2.AuthStyleInParams},
	}
	ctx = context.WithValue(ctx, oauth2.HTTPClient, c.http)
	tok, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: d.RefreshToken}).Token()
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

// bearerOf takes the token and its life; a token without an end has none.
func (c *Client) bearerOf(tok *oauth2.Token) bearer {
	b := bearer{secret: tok.AccessToken}
	if !tok.Expiry.IsZero() {
		b.expires = c.env.Now().Add(time.Until(tok.Expiry))
	}
	return b
}

// externalUserToken refreshes the sign-in of a person of a workforce pool. The
// client speaks in the Authorization header there, unescaped.
func (c *Client) externalUserToken(ctx context.Context, d *document) (bearer, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {d.RefreshToken}}
	return c.postForm(ctx, d.TokenURL, form, d.ClientID, d.ClientSecret)
}

// postForm asks a token endpoint for an access token.
func (c *Client) postForm(ctx context.Context, to string, form url.Values, user, password string) (bearer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return bearer{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	body, err := fetchBody(c.http, req)
	if err != nil {
		return bearer{}, err
	}
	var reply struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return bearer{}, errReply
	}
	return c.lived(reply.AccessToken, reply.ExpiresIn)
}

// lived returns a token that lives for a number of seconds.
func (c *Client) lived(secret string, seconds json.Number) (bearer, error) {
	n, err := seconds.Int64()
	if err != nil || n <= 0 || n > 7*24*3600 {
		return bearer{}, errReply
	}
	return bearer{secret: secret, expires: c.env.Now().Add(time.Duration(n) * time.Second)}, nil
}

// fetchBody returns the body of a reply that is a success.
func fetchBody(client *http.Client, req *http.Request) ([]byte, error) {
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, errReply
	}
	return body, nil
}
