package source

import (
	"errors"
	"strings"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/keystore"
)

// AWSContainer is where a program in a container at Amazon has the keys of its own
// role from, by the variables that ECS and EKS set
// (docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
type AWSContainer struct {
	// URL is asked for the keys, with Token in the Authorization header if there is
	// one.
	URL   string
	Token keystore.Secret
	// Variable is the variable that names the URL, or its path.
	Variable string
	// Err says why the token cannot be read.
	Err error

	// own says that the URL is of this one task.
	own bool
}

// The variables of a container, and where ECS has its service.
const (
	awsRelative  = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	awsFull      = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
	awsToken     = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
	awsTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"

	awsContainerHost = "http://169.254.170.2"
)

// containerOf returns the container's service, nil where there is none.
func containerOf(env helper.Env) *AWSContainer {
	c := &AWSContainer{URL: env.Getenv(awsFull), Variable: awsFull}
	if path := env.Getenv(awsRelative); path != "" {
		c.URL, c.Variable, c.own = awsContainerHost+path, awsRelative, true
	}
	if c.URL == "" {
		return nil
	}
	token := env.Getenv(awsToken)
	if path := env.Getenv(awsTokenFile); path != "" {
		raw, err := helper.ReadFile(path, maxSubjectToken)
		if err != nil {
			c.Err = errors.New(awsTokenFile + ": " + err.Error())
		}
		token = strings.TrimSpace(string(raw))
	}
	if strings.ContainsAny(token, "\r\n") {
		c.Err = errors.New("the container's authorization token is more than one line")
	}
	c.Token = keystore.NewSecret(token)
	return c
}

// Rooted reports whether a path that is to follow the service's host begins with /. One
// that does not would make another host of it.
func (c *AWSContainer) Rooted() bool {
	return !c.own || strings.HasPrefix(c.URL, awsContainerHost+"/")
}

// principal tells the container's role by what identifies the container to the
// service: its token, or a URL that is of this one task.
func (c *AWSContainer) principal() Principal {
	var p Principal
	switch {
	case c.Err != nil:
		p = unknown("the AWS container's authorization token cannot be read")
	case !c.Token.Empty():
		p.print = Digest("AWS container", c.URL, principalOf(c.Token.Reveal()).print)
	case c.own:
		p.print = Digest("AWS container", c.URL)
	default:
		p = unknown("the AWS role of this container is known only after a call")
	}
	p.Container = c
	return p
}
