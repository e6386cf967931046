package iam

import (
	"context"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/host"
	"github.com/credential-iam/credential-iam/helper/source"
)

// containerKeys asks the service that ECS and EKS give a container for the keys of
// its role.
func containerKeys(ctx context.Context, c *Client, from source.AWSContainer) (aws.Credentials, error) {
	if from.Err != nil {
		return aws.Credentials{}, awsFailure(from.Err.Error(), showAWS())
	}
	if !from.Rooted() {
		return aws.Credentials{}, awsFailure(from.Variable+" is not a path that begins with /", helper.Unset(from.Variable))
	}
	u, err := url.Parse(from.URL)
	if err != nil || u.Host == "" || u.User != nil {
		return aws.Credentials{}, awsFailure(from.Variable+" is not a URL", helper.Unset(from.Variable))
	}
	// The token is for the service beside the container and for nobody else: the
	// rule of Amazon's own SDKs.
	if u.Scheme != "https" && (u.Scheme != "http" || !host.Loopback(u.Host) && !linkLocal(u.Hostname())) {
		return aws.Credentials{}, awsFailure(from.Variable+" must be https, or http to this machine or a link-local address", helper.Unset(from.Variable))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from.URL, nil)
	if err != nil {
		return aws.Credentials{}, awsFailure(from.Variable+" is not a URL", helper.Unset(from.Variable))
	}
	if !from.Token.Empty() {
		req.Header.Set("Authorization", from.Token.Reveal())
		exchangeOf(ctx).hide(from.Token.Reveal())
	}
	body, err := fetchBody(c.http, req)
	if err != nil {
		return aws.Credentials{}, err
	}
	return readAWSKeys(string(body))
}
