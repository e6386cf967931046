package iam

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
)

// metadataAddress is the metadata server's, by number: a name could be
// resolved to anybody.
const metadataAddress = "169.254.169.254"

// metadata is the service account that this machine runs as, by its metadata
// server.
type metadata struct{}

func (c *Client) openMetadata(s helper.Source) *credential {
	return &credential{kind: metadata{}, fingerprint: c.printOf(s)}
}

func (metadata) about() about {
	return about{
		name: "metadata", member: "serviceAccount:EMAIL_OF_THIS_MACHINE", scoped: true, kept: true, rescoper: helper.Admin,
		rescope: "gcloud compute instances set-service-account INSTANCE --scopes=cloud-platform",
	}
}

// token asks for a token of the machine's account.
func (metadata) token(ctx context.Context, c *Client, scopes []string, _ freshness) (bearer, error) {
	path := "instance/service-accounts/default/token"
	if len(scopes) > 0 {
		path += "?" + url.Values{"scopes": {strings.Join(scopes, ",")}}.Encode()
	}
	body, err := c.metadataGet(ctx, path)
	if err != nil {
		return bearer{}, err
	}
	b, err := c.readToken(body)
	b.issued = b.expires.Add(-googleLife)
	return b, err
}

// email asks for the e-mail of the machine's account.
func (metadata) email(ctx context.Context, c *Client) (string, error) {
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

// refused is about the metadata server's no.
func (metadata) refused(f *failure, _, _ string, e *helper.Error) {
	e.Who, e.Code, e.Hint = helper.Admin, "bad-source", ""
	e.Reason = fmt.Sprintf("the metadata server answered %d: %s", f.status, f.message)
	switch {
	case strings.Contains(f.message, "Gaia id not found"), strings.Contains(f.message, "IAM returned 404"):
		e.Code = "not-found"
		e.Hint = "gcloud iam service-accounts list"
	case strings.Contains(f.message, "IAM returned 403"):
		e.Code = "permission-denied"
		e.Hint = "kubectl get serviceaccounts --all-namespaces -o yaml"
	case f.status == 404:
		e.Reason = "the metadata server has no service account for this machine"
		e.Hint = "gcloud compute instances set-service-account INSTANCE --service-account=EMAIL --scopes=cloud-platform"
	}
}
