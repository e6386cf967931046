package main

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/containers/azcontainerregistry"

	"github.com/credential-iam/credential-iam/helper/issuer"
)

type acrIssuer struct{}

// Issue implements issuer.Issuer.
func (acrIssuer) Issue(ctx context.Context, r issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	t, err := parse(r, os.Getenv("AZURE_AUTHORITY_HOST"))
	if err != nil {
		return issuer.Credential{}, err
	}
	access, err := login(ctx, t, id)
	if err != nil {
		return issuer.Credential{}, err
	}
	return exchange(ctx, t, access)
}

// clientOptions are for both services: few retries, because the whole plugin has
// 15 seconds.
func clientOptions(t target) azcore.ClientOptions {
	return azcore.ClientOptions{
		Transport: issuer.BoundReplies(web()),
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: t.authority, Services: map[cloud.ServiceName]cloud.ServiceConfiguration{}},
		Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 200 * time.Millisecond, MaxRetryDelay: 2 * time.Second},
	}
}

// web is a client as the SDK has by default: proxies and roots from the environment,
// HTTP/2, and no older TLS than 1.2.
func web() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DialContext:       (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2: true, TLSHandshakeTimeout: 10 * time.Second,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}}
}

// login returns an access token of Microsoft Entra for the registry.
func login(ctx context.Context, t target, id issuer.Identity) (issuer.Secret, error) {
	var token issuer.Secret
	var own error
	assertion := func(ctx context.Context) (string, error) {
		got, err := id.IDToken(ctx, t.audience)
		token, own = got.Secret, err
		return got.Secret.Reveal(), err
	}
	credential, err := azidentity.NewClientAssertionCredential(t.tenant, t.client, assertion, &azidentity.ClientAssertionCredentialOptions{
		ClientOptions: clientOptions(t),
		// The authority is one of Azure's own, or one that the user named: the
		// look-up at login.microsoft.com would cost a round trip to learn that,
		// and fail in a private cloud.
		DisableInstanceDiscovery: true,
	})
	if err != nil {
		return issuer.Secret{}, issuer.UserError(err.Error(), "")
	}
	access, err := credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{t.scope}})
	if own != nil {
		return issuer.Secret{}, own
	}
	if err != nil {
		return issuer.Secret{}, t.loginError(err, token)
	}
	return issuer.NewSecret(access.Token), nil
}

// exchange takes the access token to the registry and returns its refresh token.
func exchange(ctx context.Context, t target, access issuer.Secret) (issuer.Credential, error) {
	client, err := azcontainerregistry.NewAuthenticationClient("https://"+t.host, &azcontainerregistry.AuthenticationClientOptions{
		ClientOptions: clientOptions(t),
	})
	if err != nil {
		return issuer.Credential{}, err
	}
	var raw *http.Response
	tenant, secret := t.tenant, access.Reveal()
	out, err := client.ExchangeAADAccessTokenForACRRefreshToken(policy.WithCaptureResponse(ctx, &raw),
		azcontainerregistry.PostContentSchemaGrantTypeAccessToken, t.host,
		&azcontainerregistry.AuthenticationClientExchangeAADAccessTokenForACRRefreshTokenOptions{Tenant: &tenant, AccessToken: &secret})
	if err != nil {
		return issuer.Credential{}, t.exchangeError(err)
	}
	if out.RefreshToken == nil {
		return issuer.Credential{}, errors.New("the registry answered without a refresh token")
	}
	end, err := expiry(*out.RefreshToken)
	if err != nil {
		return issuer.Credential{}, err
	}
	return issuer.Credential{Username: nullUser, Secret: issuer.NewSecret(*out.RefreshToken), Expires: end.Add(skew(raw, time.Now()))}, nil
}

// expiry returns the end that a JWT states.
func expiry(token string) (time.Time, error) {
	odd := errors.New("the registry's refresh token does not say when it expires")
	part := strings.Split(token, ".")
	if len(part) != 3 {
		return time.Time{}, odd
	}
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part[1], "="))
	if err != nil {
		return time.Time{}, odd
	}
	var claims struct {
		Exp float64 `json:"exp"`
	}
	if json.Unmarshal(raw, &claims) != nil || claims.Exp <= 0 || claims.Exp > 1e11 {
		return time.Time{}, odd
	}
	return time.Unix(int64(claims.Exp), 0), nil
}

// skew returns how far the local clock is ahead of the registry's.
func skew(r *http.Response, now time.Time) time.Duration {
	if r == nil {
		return 0
	}
	server, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return 0
	}
	// The header has whole seconds, and the reply took some time.
	if d := now.Sub(server); d > 5*time.Second || d < -5*time.Second {
		return d
	}
	return 0
}
