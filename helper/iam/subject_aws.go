package iam

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/source"
)

// awsSubject is the identity of a machine or program at Amazon. Its token is a
// request to Amazon that is signed and not sent: Google sends it, and learns from
// the answer whose it is (google.aip.dev/auth/4117).
type awsSubject struct{ source.Subject }

// callerIdentity is the request where the document names no other.
const callerIdentity = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"

func newAWSSubject(s source.Subject) (subject, error) {
	if s.EnvironmentID != "aws1" {
		return nil, errors.New("the environment_id in its credential_source is not aws1, the one form that there is")
	}
	return awsSubject{s}, nil
}

func (s awsSubject) token(ctx context.Context, c *Client, e *external) (string, error) {
	machine := &instanceMetadata{c: c, s: s.Subject}
	keys, err := s.keys(ctx, c, e, machine)
	if err != nil {
		return "", err
	}
	region := cmp.Or(c.env.Getenv("AWS_REGION"), c.env.Getenv("AWS_DEFAULT_REGION"))
	if region == "" {
		if region, err = machine.region(ctx); err != nil {
			return "", err
		}
	}
	exchangeOf(ctx).hide(keys.SecretAccessKey, keys.SessionToken)
	return s.sign(ctx, c, e, keys, region)
}

// keys returns the keys of the environment, of the container or of the machine. A
// program that has a role of its own is never taken for the machine.
func (s awsSubject) keys(ctx context.Context, c *Client, e *external, machine *instanceMetadata) (aws.Credentials, error) {
	k := aws.Credentials{
		AccessKeyID: c.env.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: c.env.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken: c.env.Getenv("AWS_SESSION_TOKEN"),
	}
	there, missing := source.HalfAWSKeys(c.env)
	switch {
	case missing != "":
		return k, awsFailure(there+" is set and "+missing+" is not; the role of this machine or container would be another identity", helper.SetCommand(missing, "VALUE"))
	case k.HasKeys():
		return k, nil
	case e.principal.Container != nil:
		return containerKeys(ctx, c, *e.principal.Container)
	case c.env.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "":
		return k, awsFailure("AWS_WEB_IDENTITY_TOKEN_FILE names a role of this program (IRSA), which is not supported; the machine's role would be another identity. "+
			"Use that file as the subject token of a federation of its own", e.edit())
	}
	return machine.keys(ctx)
}

// sign returns the request as the token that the Security Token Service wants.
func (s awsSubject) sign(ctx context.Context, c *Client, e *external, keys aws.Credentials, region string) (string, error) {
	to := strings.Replace(cmp.Or(s.VerificationURL, callerIdentity), "{region}", region, 1)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, nil)
	if err != nil || req.URL.Host == "" {
		return "", errors.New("the regional_cred_verification_url in its credential_source is not a URL")
	}
	req.Header.Set("x-goog-cloud-target-resource", e.audience)
	empty := sha256.Sum256(nil)
	service, _, _ := strings.Cut(req.URL.Host, ".")
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(empty[:]), service, region, c.now()); err != nil {
		return "", errors.New("the request to Amazon cannot be signed")
	}
	req.Header.Set("Host", req.URL.Host)
	type header struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	}
	token := struct {
		URL     string   `json:"url"`
		Method  string   `json:"method"`
		Headers []header `json:"headers"`
	}{URL: to, Method: req.Method}
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		token.Headers = append(token.Headers, header{name, req.Header.Get(name)})
	}
	text, err := json.Marshal(token)
	return url.QueryEscape(string(text)), err
}
