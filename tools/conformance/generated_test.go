package conformance

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/iamcredentials/v1"
	"google.golang.org/api/option"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

// generated makes the call with Google's client that is generated from the discovery
// document, which sends what it is given and nothing else.
func (a ask) generated(ctx context.Context, s *iamcredentials.Service) error {
	accounts := s.Projects.ServiceAccounts
	var call interface{ Header() http.Header }
	var do func() error
	switch a.method {
	case "generateAccessToken":
		req := &iamcredentials.GenerateAccessTokenRequest{Delegates: a.delegates, Scope: a.scope}
		if a.lifetime != 0 {
			req.Lifetime = fmt.Sprintf("%gs", a.lifetime.Seconds())
		}
		c := accounts.GenerateAccessToken(a.name, req).Context(ctx)
		call, do = c, func() error { _, err := c.Do(); return err }
	case "generateIdToken":
		c := accounts.GenerateIdToken(a.name, &iamcredentials.GenerateIdTokenRequest{
			Audience: a.audience, Delegates: a.delegates, IncludeEmail: a.includeEmail, OrganizationNumberIncluded: a.organization,
		}).Context(ctx)
		call, do = c, func() error { _, err := c.Do(); return err }
	case "signBlob":
		c := accounts.SignBlob(a.name, &iamcredentials.SignBlobRequest{
			Delegates: a.delegates, Payload: base64.StdEncoding.EncodeToString([]byte(a.payload)),
		}).Context(ctx)
		call, do = c, func() error { _, err := c.Do(); return err }
	default:
		c := accounts.SignJwt(a.name, &iamcredentials.SignJwtRequest{Delegates: a.delegates, Payload: a.payload}).Context(ctx)
		call, do = c, func() error { _, err := c.Do(); return err }
	}
	for _, h := range [][2]string{{"x-goog-user-project", a.quotaProject}, {"x-goog-request-reason", a.reason}, a.header} {
		if h[1] != "" {
			call.Header().Set(h[0], h[1])
		}
	}
	return do()
}

// TestGenerated holds what we send against the generated client too, which has
// organizationNumberIncluded, repeats nothing, and sends no routing header.
func TestGenerated(t *testing.T) {
	r := &recorder{}
	w := newWorld(t, r.through(t))
	token := w.server.AccessToken(alice, helper.DefaultLifetime, helper.DefaultScope)
	service, err := iamcredentials.NewService(t.Context(), option.WithEndpoint(w.endpoint), option.WithHTTPClient(&http.Client{Transport: bearer(token)}))
	if err != nil {
		t.Fatal(err)
	}
	all := append(rows(), row{parameter: "organizationNumberIncluded", ask: id(func(a *ask) { a.organization = true })})
	for _, row := range all {
		if row.refused != "" || row.wire != nil {
			continue // as for the other client, see TestParameters
		}
		t.Run(row.parameter+"/"+row.ask.method, func(t *testing.T) {
			theirErr := row.ask.generated(t.Context(), service)
			theirs := r.take()
			_, ourErr := row.ask.ours(t.Context(), w.ours, w.endpoint)
			ours := r.take()
			for _, s := range ours {
				delete(s.Header, "X-Goog-Request-Params")
			}
			if diff := cmp.Diff(theirs, ours); diff != "" || len(ours) != 1 {
				t.Errorf("on the wire, theirs and ours: %s", diff)
			}
			var one, two *googleapi.Error
			if errors.As(theirErr, &one) != errors.As(ourErr, &two) || one != nil && (one.Code != two.Code || one.Message != two.Message) {
				t.Errorf("theirs: %v, ours: %v", theirErr, ourErr)
			}
		})
	}
	w.server.Fail(iamtest.Fault{Method: "signBlob", Status: 503})
	if err := blob().generated(t.Context(), service); err == nil {
		t.Error("the generated client tries again")
	}
	w.server.Fail(iamtest.Fault{Method: "signBlob", Status: 503})
	if _, err := blob().ours(t.Context(), w.ours.With(iam.Call{}), w.endpoint); err != nil {
		t.Error(err)
	}
}

// bearer is a transport that calls with a token.
type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(req)
}
