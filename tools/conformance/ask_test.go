package conformance

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	credentials "cloud.google.com/go/iam/credentials/apiv1"
	"cloud.google.com/go/iam/credentials/apiv1/credentialspb"
	"github.com/googleapis/gax-go/v2"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/iam"
	"github.com/credential-iam/credential-iam/helper/iam/iamtest"
)

const (
	alice    = "alice@example.com"
	deployer = "deployer@demo-project.iam.gserviceaccount.com"
	middle   = "middle@demo-project.iam.gserviceaccount.com"
	prefix   = "projects/-/serviceAccounts/"
	scope    = "https://www.googleapis.com/auth/devstorage.read_only"
	audience = "https://service-1234.a.run.app"
)

// ask is one call of one of the four methods, with the parameters that both clients
// have.
type ask struct {
	method           string
	name             string
	delegates, scope []string
	lifetime         time.Duration
	audience         string
	includeEmail     bool
	organization     bool // of the generated client alone
	payload          string
	// quotaProject and reason are metadata for which we have parameters, header is any
	// other.
	quotaProject, reason string
	header               [2]string
	timeout              time.Duration
	once                 bool // no retry
}

// access is a call with all that it needs, as are id, blob and jwt.
func access(change ...func(*ask)) ask {
	return ask{method: "generateAccessToken", name: prefix + deployer, scope: []string{scope}, lifetime: time.Hour}.with(change)
}

func id(change ...func(*ask)) ask {
	return ask{method: "generateIdToken", name: prefix + deployer, audience: audience}.with(change)
}

func blob(change ...func(*ask)) ask {
	return ask{method: "signBlob", name: prefix + deployer, payload: "bytes\x00\xff+/"}.with(change)
}

func jwt(change ...func(*ask)) ask {
	return ask{method: "signJwt", name: prefix + deployer, payload: `{"sub":"x","html":"<&>","big":12345678901234567890}`}.with(change)
}

func (a ask) with(change []func(*ask)) ask {
	for _, c := range change {
		c(&a)
	}
	return a
}

// answer is what a call returns.
type answer struct {
	token   string // or the signed JWT
	expires time.Time
	keyID   string
	signed  string
}

// reference makes the call with Google's client.
func (a ask) reference(ctx context.Context, c *credentials.IamCredentialsClient) (out answer, err error) {
	var options []gax.CallOption
	if a.timeout != 0 {
		options = append(options, gax.WithTimeout(a.timeout))
	}
	if a.once {
		options = append(options, gax.WithRetry(nil))
	}
	for _, h := range [][2]string{{"x-goog-user-project", a.quotaProject}, {"x-goog-request-reason", a.reason}, a.header} {
		if h[1] != "" {
			ctx = withHeader(ctx, h[0], h[1])
		}
	}
	switch a.method {
	case "generateAccessToken":
		req := &credentialspb.GenerateAccessTokenRequest{Name: a.name, Delegates: a.delegates, Scope: a.scope}
		if a.lifetime != 0 {
			req.Lifetime = durationpb.New(a.lifetime)
		}
		reply, err := c.GenerateAccessToken(ctx, req, options...)
		return answer{token: reply.GetAccessToken(), expires: reply.GetExpireTime().AsTime()}, err
	case "generateIdToken":
		reply, err := c.GenerateIdToken(ctx, &credentialspb.GenerateIdTokenRequest{
			Name: a.name, Delegates: a.delegates, Audience: a.audience, IncludeEmail: a.includeEmail,
		}, options...)
		return answer{token: reply.GetToken()}, err
	case "signBlob":
		reply, err := c.SignBlob(ctx, &credentialspb.SignBlobRequest{Name: a.name, Delegates: a.delegates, Payload: []byte(a.payload)}, options...)
		return answer{keyID: reply.GetKeyId(), signed: base64.StdEncoding.EncodeToString(reply.GetSignedBlob())}, err
	}
	reply, err := c.SignJwt(ctx, &credentialspb.SignJwtRequest{Name: a.name, Delegates: a.delegates, Payload: a.payload}, options...)
	return answer{keyID: reply.GetKeyId(), token: reply.GetSignedJwt()}, err
}

// ours makes the same call with the client of this repository.
func (a ask) ours(ctx context.Context, c *iam.Client, endpoint string) (answer, error) {
	t := helper.Target{
		ServiceAccount: a.name, Delegates: a.delegates, Scopes: a.scope, Lifetime: a.lifetime, Audience: a.audience, IncludeEmail: a.includeEmail,
		OrganizationNumber: a.organization, QuotaProject: a.quotaProject, RequestReason: a.reason, Endpoint: endpoint,
	}
	call := iam.Call{Timeout: a.timeout}
	if a.once {
		call.Retry = &iam.Retry{Attempts: 1}
	}
	if a.header[1] != "" {
		call.Header = map[string][]string{a.header[0]: {a.header[1]}}
	}
	c = c.With(call)
	switch a.method {
	case "generateIdToken":
		t.Token = helper.ID
		fallthrough
	case "generateAccessToken":
		tok, err := c.Mint(ctx, t)
		return answer{token: tok.Secret.Reveal(), expires: tok.Expires}, err
	case "signBlob":
		s, err := c.SignBlob(ctx, t, []byte(a.payload))
		return answer{keyID: s.KeyID, signed: base64.StdEncoding.EncodeToString(s.Bytes)}, err
	}
	s, err := c.SignJWT(ctx, t, []byte(a.payload))
	return answer{keyID: s.KeyID, token: s.JWT.Reveal()}, err
}

// world is the stand-in and both clients of it, with the same token of the same
// person.
type world struct {
	*testing.T
	server    *iamtest.Server
	endpoint  string
	reference *credentials.IamCredentialsClient
	ours      *iam.Client
}

// newWorld makes one; through is what stands before the server, nil for nothing.
func newWorld(t *testing.T, through func(to string) string) *world {
	t.Helper()
	s, err := iamtest.NewServer(iamtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	s.User(alice)
	for _, account := range []string{deployer, middle} {
		s.ServiceAccount(account)
		s.Grant(alice, iamtest.RoleTokenCreator, account)
	}
	s.Grant(middle, iamtest.RoleTokenCreator, deployer)
	w := &world{T: t, server: s, endpoint: s.Endpoint()}
	if through != nil {
		w.endpoint = through(w.endpoint)
	}
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.AccessToken(alice, time.Hour, helper.DefaultScope), Expiry: time.Now().Add(time.Hour)})
	w.reference = w.google(option.WithTokenSource(tokens))
	w.ours = w.client(iam.TokenSource(tokens))
	return w
}

// google is Google's client with a source identity. Its base URL has no slash at the
// end, or it would send two.
func (w *world) google(source option.ClientOption) *credentials.IamCredentialsClient {
	w.Helper()
	c, err := credentials.NewIamCredentialsRESTClient(w.Context(), source, option.WithEndpoint(strings.TrimSuffix(w.endpoint, "/")))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = c.Close() })
	return c
}

func (w *world) client(source iam.Source) *iam.Client {
	return iam.New(iam.Options{Env: helper.Env{Getenv: func(string) string { return "" }}, Source: source})
}
