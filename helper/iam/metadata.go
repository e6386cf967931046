package iam

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// metadataAddress is the metadata server's, by number: a name could be
// resolved to anybody.
const metadataAddress = "169.254.169.254"

// metadataToken asks the metadata server for a token of the machine's account.
// The server caches, so we do not.
func (c *Client) metadataToken(ctx context.Context, scopes []string) (bearer, error) {
	path := "instance/service-accounts/default/token"
	if len(scopes) > 0 {
		path += "?" + url.Values{"scopes": {strings.Join(scopes, ",")}}.Encode()
	}
	body, err := c.metadataGet(ctx, path)
	if err != nil {
		return bearer{}, err
	}
	var reply struct {
		AccessToken string      `json:"access_token"`
		ExpiresIn   json.Number `json:"expires_in"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return bearer{}, errReply
	}
	b, err := c.lived(reply.AccessToken, reply.ExpiresIn)
	b.issued = b.expires.Add(-googleLife)
	return b, err
}

// metadataEmail asks for the e-mail of the machine's account.
func (c *Client) metadataEmail(ctx context.Context) (string, error) {
	var email string
	fail := c.retry(ctx, "e-mail of the machine's service account", func(ctx context.Context) error {
		body, err := c.metadataGet(ctx, "instance/service-accounts/default/email")
		email = strings.TrimSpace(string(body))
		return err
	})
	if fail != nil {
		return "", fail
	}
	if helper.CheckServiceAccount(email) != nil {
		return "", nil // GKE answers a workload pool's name where no account is bound
	}
	return email, nil
}

// metadataGet asks one question. It is written here because the library's client
// and x/oauth2's source probe, retry and ignore contexts on their own terms.
func (c *Client) metadataGet(ctx context.Context, path string) ([]byte, error) {
	host := c.env.Getenv("GCE_METADATA_HOST")
	if host == "" {
		host = metadataAddress
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+host+"/computeMetadata/v1/"+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Metadata-Flavor", "Google")
	exchangeOf(ctx).patient = true
	res, err := c.direct.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK && res.Header.Get("Metadata-Flavor") != "Google" {
		return nil, &failure{host: host, fatal: true, message: "it is not a metadata server of Google's"}
	}
	if res.StatusCode != http.StatusOK {
		return nil, errReply
	}
	return body, nil
}
