package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"github.com/credential-iam/credential-iam/helper"
	"github.com/credential-iam/credential-iam/helper/issuer"
)

type ecrIssuer struct{}

// Issue implements issuer.Issuer.
func (ecrIssuer) Issue(ctx context.Context, r issuer.Request, id issuer.Identity) (issuer.Credential, error) {
	t, err := parse(r)
	if err != nil {
		return issuer.Credential{}, err
	}
	cfg, err := load(ctx, t.region)
	if err != nil {
		return issuer.Credential{}, issuer.UserError("settings of AWS: "+err.Error(), helper.NamesCommand("AWS_"))
	}
	token, err := id.IDToken(ctx, t.audience)
	if err != nil {
		return issuer.Credential{}, err
	}
	session, err := assume(ctx, cfg, t, token.Secret)
	if err != nil {
		return issuer.Credential{}, err
	}
	cfg.Credentials = session
	return authorize(ctx, cfg, t)
}

// load returns the SDK's configuration from its environment variables alone:
// files, profiles, keys and instance metadata could bring in another identity.
func load(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(region),
		config.WithSharedConfigFiles([]string{}),
		config.WithSharedCredentialsFiles([]string{}),
		config.WithEC2IMDSClientEnableState(imds.ClientDisabled),
		config.WithCredentialsProvider(aws.AnonymousCredentials{}),
		config.WithLogger(logging.Nop{}),
	)
	if err == nil { // only now: AWS_CA_BUNDLE is for the SDK's own client alone
		cfg.HTTPClient = issuer.BoundReplies(cfg.HTTPClient)
	}
	return cfg, err
}

// assume exchanges the ID token for a session of the role.
func assume(ctx context.Context, cfg aws.Config, t target, token issuer.Secret) (aws.CredentialsProvider, error) {
	in := &sts.AssumeRoleWithWebIdentityInput{
		RoleArn:          aws.String(t.roleARN),
		RoleSessionName:  aws.String("credential-iam"),
		WebIdentityToken: aws.String(token.Reveal()),
	}
	if t.duration > 0 {
		in.DurationSeconds = aws.Int32(int32(t.duration / time.Second))
	}
	out, err := sts.NewFromConfig(cfg).AssumeRoleWithWebIdentity(ctx, in)
	if err != nil {
		return nil, t.assumeError(err, token)
	}
	c := out.Credentials
	if c == nil || aws.ToString(c.AccessKeyId) == "" || aws.ToString(c.SecretAccessKey) == "" {
		return nil, errors.New("AWS STS answered without a session")
	}
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, aws.ToString(c.SessionToken)), nil
}

// authorize asks ECR for the registry's password. Its expiry is corrected by the
// Date header: the local clock can be wrong.
func authorize(ctx context.Context, cfg aws.Config, t target) (issuer.Credential, error) {
	out, err := ecr.NewFromConfig(cfg).GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{
		// The list is deprecated because one password opens every registry that
		// the role may use; it still makes the reply name the one asked for.
		RegistryIds: []string{t.registry}, //nolint:staticcheck // see above
	})
	if err != nil {
		return issuer.Credential{}, t.authorizeError(err)
	}
	if len(out.AuthorizationData) != 1 {
		return issuer.Credential{}, fmt.Errorf("ECR answered with %d passwords, want 1", len(out.AuthorizationData))
	}
	data := out.AuthorizationData[0]
	if err := t.checkProxy(aws.ToString(data.ProxyEndpoint)); err != nil {
		return issuer.Credential{}, err
	}
	plain, err := base64.StdEncoding.DecodeString(aws.ToString(data.AuthorizationToken))
	user, password, ok := strings.Cut(string(plain), ":")
	if err != nil || !ok || user == "" || password == "" {
		return issuer.Credential{}, errors.New("ECR answered with a password in an unknown form")
	}
	if data.ExpiresAt == nil {
		return issuer.Credential{}, errors.New("ECR answered with a password without an expiry")
	}
	return issuer.Credential{
		Username: user, Secret: issuer.NewSecret(password), Expires: data.ExpiresAt.Add(skew(out.ResultMetadata)),
	}, nil
}

// skew returns how far the local clock is ahead of the server's.
func skew(m middleware.Metadata) time.Duration {
	server, ok1 := awsmiddleware.GetServerTime(m)
	local, ok2 := awsmiddleware.GetResponseAt(m)
	if !ok1 || !ok2 || server.IsZero() {
		return 0
	}
	// The header has whole seconds, and the reply took some time.
	if d := local.Sub(server); d > 5*time.Second || d < -5*time.Second {
		return d
	}
	return 0
}
