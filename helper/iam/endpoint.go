package iam

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// tokenURI is where a document has its token from: where it says, or where Google
// of its universe exchanges refresh tokens and assertions.
func tokenURI(d *source.Document) string {
	if u := d.Text("token_uri"); u != "" {
		return u
	}
	return "https://oauth2." + d.Universe() + "/token"
}

// bearerOf takes the token and its life; a token without an end has none.
func (c *Client) bearerOf(tok *oauth2.Token) bearer {
	b := bearer{secret: tok.AccessToken}
	if !tok.Expiry.IsZero() {
		b.expires = c.env.Now().Add(time.Until(tok.Expiry))
	}
	return b
}

// postForm asks a token endpoint for an access token. A client that has a
// password speaks in the Authorization header. next is the refresh token of the
// reply, "" if there is none.
func (c *Client) postForm(ctx context.Context, to string, form url.Values, user, password string) (b bearer, next string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return bearer{}, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	fetch := func() ([]byte, error) { return fetchBody(c.http, req) }
	b, err = timed(c, fetch, func(body []byte, asked time.Time) (bearer, error) {
		var reply struct {
			RefreshToken string `json:"refresh_token"`
		}
		if json.Unmarshal(body, &reply) != nil {
			return bearer{}, errReply
		}
		next = reply.RefreshToken
		exchangeOf(ctx).hide(next)
		return readToken(body, asked)
	})
	return b, next, err
}

// readToken reads the reply of a token endpoint or of the metadata server. The token's
// life is counted from when it was asked for, as in [expiry].
func readToken(body []byte, asked time.Time) (bearer, error) {
	var reply struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
		IDToken     string      `json:"id_token"`
	}
	if err := json.Unmarshal(body, &reply); err != nil {
		return bearer{}, errReply
	}
	n, err := reply.ExpiresIn.Int64()
	if err != nil || n <= 0 || n > 7*24*3600 {
		return bearer{}, errReply
	}
	b := bearer{secret: reply.AccessToken, expires: asked.Add(time.Duration(n) * time.Second)}
	if who, err := parseClaims(reply.IDToken); err == nil {
		b.principal = who.Email
	}
	return b, nil
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

// refusedLogin words the no of a token endpoint to a sign-in.
func refusedLogin(f *failure, who, said string, e *helper.Error) {
	switch f.oauth {
	case "invalid_grant":
		e.Reason = "the sign-in of " + who + " has expired or was revoked (" + said + ")"
	case "disabled_client", "deleted_client", "invalid_client", "unauthorized_client":
		e.Reason = "the OAuth client of " + who + " can no longer be used (" + said + ")"
	case "invalid_scope":
		e.Code = "bad-parameter"
		e.Reason = "the scopes are not known (" + said + ")"
	default:
		e.Reason = fmt.Sprintf("%s answered %d for %s (%s)", f.host, f.status, who, said)
	}
}
